import stringWidth from 'string-width'
import type { TopLevelSpec } from 'vega-lite'
import { cut, oneLine } from '../exporters/text.ts'
import { fixed } from '../format.ts'
import type { Figure, Line, Point } from './figure.ts'
import { ink, type Style, styleOf } from './palette.ts'
import { placeLabels } from './place.ts'

const plot = { width: 620, height: 360 }
const fontSize = 11.5
const labelGap = 15
const labelOffset = 8
/** Between the axis' ends and the first and last task. */
const inset = 12
/** DejaVu Sans is wide: its bold takes about 0.65 of its size a column. */
const columnWidth = fontSize * 0.65
const longestLabel = 34

/** The figure as a Vega-Lite specification: one layer a mark, everything placed by us, nothing left to a legend. */
export function specOf(figure: Figure): TopLevelSpec {
  const measure = measures[figure.shows ?? 'accuracy']
  const top = measure.highest(figure)
  const axes = axesOf(figure, top)
  const drawn = styled(figure.lines)
  const labels = labelled(drawn, top, figure)
  const widest = Math.max(0, ...labels.map(({ text }) => stringWidth(text) * columnWidth))
  const across = plot.width + labelOffset + widest
  const subtitle = wrapped(oneLine(figure.subtitle), Math.floor(across / (11 * 0.56)))
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${figure.title}. ${measure.description} ${figure.subtitle}`,
    width: plot.width,
    height: plot.height,
    background: 'white',
    // Vega can't measure text without a canvas and guesses too wide: the margins are ours.
    padding: {
      left: 50,
      right: Math.ceil(labelOffset + widest + 14),
      top: 66 + 14 * subtitle.length,
      bottom: 52,
    },
    autosize: 'none',
    title: {
      text: cut(oneLine(figure.title), Math.floor(across / 10)),
      subtitle,
      anchor: 'start',
      frame: 'bounds',
      offset: 12,
      fontSize: 15,
      fontWeight: 'bold',
      color: ink.title,
      subtitleFontSize: 11,
      subtitleColor: ink.text,
      subtitlePadding: 5,
    },
    layer: [
      // An unseen point, so that a figure has its axes whatever it shows.
      layer({ type: 'point', opacity: 0 }, axes, [{ task: measure.from, y: 0 }]),
      ...drawn.filter(({ line }) => line.role === 'method').flatMap((one) => bandLayers(one, axes, measure)),
      ...drawn.flatMap((one) => lineLayers(one, axes, figure)),
      ...labels.flatMap(labelLayers),
    ],
    config: { font: 'DejaVu Sans, Verdana, sans-serif', view: { stroke: null } },
  } as TopLevelSpec
}

type Drawn = { line: Line; style: Style }

/** Methods take styles in their order; floors and ceilings are grey and dashed. */
function styled(lines: readonly Line[]): Drawn[] {
  let methods = 0
  let references = 0
  const spans = [
    [5, 4],
    [2, 3],
    [8, 3, 2, 3],
  ]
  return lines.map((line) => {
    if (line.role === 'method') return { line, style: styleOf(methods++) }
    const k = references++
    return { line, style: { colour: ink.reference, shape: 'diamond', filled: false, dash: spans[k % 3] } }
  })
}

/** How each kind of figure measures its lines. */
const measures = {
  accuracy: {
    description: 'Accuracy on all classes seen so far, after each task.',
    title: 'Accuracy on all classes seen so far, %',
    /** Where the horizontal axis begins. */
    from: 1,
    /** As drawn, rounded so that equal figures are equal bytes. */
    drawn: (share: number) => rounded(Math.min(100, Math.max(0, 100 * share))),
    /** As printed beside a line's end. */
    printed: (share: number) => fixed(100 * share, 1),
    /** The axis ends at its first line above everything drawn. */
    highest(figure: Figure): { top: number; step: number } {
      const highestPoint = Math.min(100, Math.max(5, 100 * tallest(figure)))
      const step = highestPoint <= 20 ? 5 : highestPoint <= 50 ? 10 : 20
      return { top: step * Math.ceil(highestPoint / step - 1e-9), step }
    },
  },
  loss: {
    description: 'Training loss over the stream, means over stretches of each task.',
    title: 'Training loss',
    from: 0,
    drawn: (loss: number) => rounded(Math.max(0, loss)),
    printed: (loss: number) => fixed(loss, 2),
    highest(figure: Figure): { top: number; step: number } {
      const highestPoint = Math.max(1e-3, tallest(figure))
      const unit = 10 ** Math.floor(Math.log10(highestPoint / 5))
      const step = [1, 2, 5, 10].map((k) => k * unit).find((size) => highestPoint / size <= 6) ?? 10 * unit
      return { top: rounded(step * Math.ceil(highestPoint / step - 1e-9)), step: rounded(step) }
    },
  },
} as const
type Measure = (typeof measures)['accuracy' | 'loss']

function tallest({ lines }: Figure): number {
  return Math.max(0, ...lines.flatMap((line) => line.points.map(({ mean, sd }) => mean + (sd ?? 0))))
}

type Axes = ReturnType<typeof axesOf>

/** Light: a few horizontal lines, a tick a task (at most about 20). Every layer names them alike, or they would be merged. */
function axesOf({ tasks, shows = 'accuracy' }: Figure, { top, step }: { top: number; step: number }) {
  const { from, title } = measures[shows]
  const every = Math.ceil(tasks / 20)
  const x = {
    field: 'task',
    type: 'quantitative',
    scale: { domain: ends(tasks, from), nice: false, zero: false, padding: inset },
    axis: {
      title: 'Tasks learned',
      values: range(tasks + 1 - from)
        .map((k) => k + from)
        .filter((task) => task % every === 0 || task === 1),
      format: 'd',
      grid: false,
      domainColor: ink.axis,
      tickColor: ink.axis,
      tickSize: 4,
      labelColor: ink.text,
      labelFontSize: 11,
      labelOverlap: false,
      titleColor: ink.text,
      titleFontSize: 11,
      titleFontWeight: 'normal',
      titlePadding: 8,
    },
  }
  const y = {
    field: 'y',
    type: 'quantitative',
    scale: { domain: [0, top], nice: false },
    axis: {
      title,
      titleAngle: 0,
      titleAlign: 'left',
      titleBaseline: 'bottom',
      titleX: -34,
      titleY: -14,
      titleColor: ink.text,
      titleFontSize: 11,
      titleFontWeight: 'normal',
      values: range(Math.round(top / step) + 1).map((k) => rounded(k * step)),
      format: step < 1 ? `.${Math.ceil(-Math.log10(step) - 1e-9)}f` : 'd',
      grid: true,
      gridColor: ink.grid,
      domain: false,
      ticks: false,
      labelPadding: 8,
      labelColor: ink.text,
      labelFontSize: 11,
    },
  }
  return { x, y }
}

const range = (count: number) => Array.from({ length: count }, (_, k) => k)

const layer = (mark: object, encoding: object, values: readonly object[]) => ({
  data: { values },
  mark,
  encoding,
})

/** One standard deviation to either side, where there are several runs. */
function bandLayers({ line, style }: Drawn, axes: Axes, { drawn }: Measure) {
  const known = line.points.filter((point): point is Point & { sd: number } => point.sd !== null)
  if (known.length < 2 || known.every((point) => point.sd === 0)) return []
  const values = known.map(({ task, mean, sd }) => ({ task, y: drawn(mean - sd), y2: drawn(mean + sd) }))
  return [
    layer({ type: 'area', color: style.colour, opacity: 0.13 }, { ...axes, y2: { field: 'y2' } }, values),
  ]
}

const ends = (tasks: number, from: number) => (tasks === from ? [from - 0.5, from + 0.5] : [from, tasks])
const rounded = (value: number) => Math.round(value * 1000) / 1000

function lineLayers(
  { line, style: { colour, shape, filled, dash } }: Drawn,
  axes: Axes,
  { tasks, shows = 'accuracy' }: Figure,
) {
  const { drawn } = measures[shows]
  const values = line.points.map(({ task, mean }) => ({ task: rounded(task), y: drawn(mean) }))
  const reference = line.role !== 'method'
  const alone = values.length === 1
  const stroke = {
    type: 'line',
    color: colour,
    strokeWidth: reference ? 1.2 : 2,
    strokeDash: dash,
    strokeCap: dash.length > 0 ? 'butt' : 'round',
    strokeJoin: 'round',
  }
  const markers = {
    type: 'point',
    shape,
    size: alone ? 56 : values.length > 12 ? 26 : 38,
    fill: filled ? colour : 'white',
    stroke: colour,
    strokeWidth: 1.5,
    opacity: 1,
  }
  // A ceiling learned at once has no course: its level is drawn across, and its point stands where it was reached.
  const level = [1, tasks].map((task) => ({ task, y: values[0].y }))
  const course = alone
    ? reference && tasks > 1
      ? [layer(stroke, axes, level)]
      : []
    : [layer(stroke, axes, values)]
  const marked = shows === 'accuracy' && (!reference || alone)
  return marked ? [...course, layer(markers, axes, values)] : course
}

interface Label {
  text: string
  style: Style
  role: Line['role']
  /** Pixels from the top: where the line ends, and where the label stands. */
  end: { x: number; y: number }
  place: number
}

/** Each line's name and last value, beside its end. */
function labelled(
  drawn: readonly Drawn[],
  { top }: { top: number },
  { tasks, shows = 'accuracy' }: Figure,
): Label[] {
  const measure = measures[shows]
  const [first, last] = ends(tasks, measure.from)
  const across = (task: number) => inset + ((plot.width - 2 * inset) * (task - first)) / (last - first)
  const heights = drawn.map(({ line }) => plot.height * (1 - measure.drawn(line.points.at(-1)!.mean) / top))
  const places = placeLabels(heights, labelGap, 0, plot.height)
  return drawn.map(({ line, style }, k) => ({
    text: `${cut(oneLine(line.label), longestLabel - 6)}\u2002${measure.printed(line.points.at(-1)!.mean)}`,
    style,
    role: line.role,
    end: { x: across(line.points.at(-1)!.task), y: heights[k] },
    place: places[k],
  }))
}

/** A thin leader joins line and label where they stand apart. */
function labelLayers({ text, style: { colour }, role, end, place }: Label) {
  const at = (pixels: number) => ({ value: rounded(pixels) })
  const name = layer(
    {
      type: 'text',
      align: 'left',
      baseline: 'middle',
      fontSize,
      color: colour,
      fontWeight: role === 'method' ? 'bold' : 'normal',
    },
    { text: { field: 'text' }, x: at(plot.width + labelOffset), y: at(place) },
    [{ text }],
  )
  const leader = layer(
    { type: 'rule', color: colour, strokeWidth: 0.8, opacity: 0.6 },
    { x: at(end.x + 6), x2: at(plot.width + labelOffset - 2), y: at(end.y), y2: at(place) },
    [{}],
  )
  return Math.abs(place - end.y) > 3 ? [leader, name] : [name]
}

function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const part of text.split(' · ')) {
    const longer = lines.at(-1) === '' ? part : `${lines.at(-1)} · ${part}`
    if (stringWidth(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(part)
  }
  return lines.filter((line) => line !== '').map((line) => cut(line, width))
}
