import type { Metric } from '../metrics/index.ts'
import type { Standing } from './compare.ts'
import type { Cost } from './compute.ts'
import type { Entry } from './entries.ts'
import { bytes, fixed, none, numbers, operations, percent, seconds } from './format.ts'
import { isShare } from './notes.ts'
import type { Cell, Column } from './table.ts'

const costColumns: readonly {
  key: keyof Cost
  title: string
  text: (value: number) => string
  detail?: true
}[] = [
  { key: 'parametersTrained', title: 'Trained', text: numbers },
  { key: 'flopsEmbed', title: 'Embedding', text: operations },
  { key: 'flopsTrain', title: 'Learning', text: operations },
  { key: 'flopsPredictPerImage', title: 'Prediction, an image', text: operations, detail: true },
  { key: 'secondsCpu', title: 'CPU time', text: seconds },
  { key: 'secondsWall', title: 'Wall time', text: seconds, detail: true },
  { key: 'peakRssBytes', title: 'Peak memory', text: bytes, detail: true },
  { key: 'stateBytes', title: 'State', text: bytes },
]

export interface Shown {
  columns: readonly Column[]
  costs: typeof costColumns
  metrics: readonly { metric: Metric; title: string; decimals: number }[]
}

/** The columns of a table: whose row it is, how many runs, one metric each, compute. */
export function columnsOf(metrics: readonly Metric[], entries: readonly Entry[]): Shown {
  // `Last accuracy, mean over tasks`: the definition after the comma is said where another column needs it.
  const short = (metric: Metric) => metric.title.split(', ')[0]
  const heads = metrics.map(short)
  const shared = (metric: Metric) => heads.filter((head) => head === short(metric)).length > 1
  const shareDecimals = decimalsOf(metrics.filter(isShare), entries)
  const shown = metrics.map((metric) => ({
    metric,
    title:
      `${shared(metric) ? metric.title : short(metric)} ${{ higher: '↑', lower: '↓', neither: '' }[metric.better]}`.trim(),
    decimals: isShare(metric) ? shareDecimals : 2,
  }))
  const label = (key: string): Column => ({ key, title: key, align: 'left', detail: true })
  const trains = entries.some(({ cost }) => (cost.parametersTrained ?? 0) > 0)
  const costs = costColumns.filter(({ key }) => key !== 'parametersTrained' || trains)
  return {
    metrics: shown,
    costs,
    columns: [
      label('stream'),
      label('scenario'),
      label('backbone'),
      label('role'),
      { key: 'method', title: 'Method', align: 'left' },
      { key: 'n', title: 'Runs', align: 'right' },
      { key: 'failed', title: 'Failed', align: 'right', detail: true },
      ...shown.map(
        ({ metric, title }): Column => ({
          key: metric.id,
          title,
          metric: metric.id,
          align: 'right',
          spread: true,
        }),
      ),
      ...costs.map(
        ({ key, title, detail }): Column => ({
          key,
          title,
          metric: key,
          align: 'right',
          ...(detail && { detail }),
        }),
      ),
    ],
  }
}

/** Two decimals of a percent, or one where every spread in the table is a point or more: the second would be noise. */
function decimalsOf(shares: readonly Metric[], entries: readonly Entry[]): number {
  const spreads = entries.flatMap(({ summaries }) => shares.flatMap(({ id }) => summaries.get(id)?.sd || []))
  return spreads.length > 0 && Math.min(...spreads) >= 0.01 ? 1 : 2
}

/** The cells of one row, under `columnsOf`. */
export function cellsOf(
  entry: Entry,
  part: { stream: { name: string; scenario: string }; backbone: string | null },
  { metrics, costs }: Shown,
  standings: readonly (Standing | undefined)[],
): Cell[] {
  const { group, label, cost } = entry
  const text = (value: string): Cell => ({ text: value, value: null })
  return [
    text(part.stream.name),
    text(part.stream.scenario),
    text(part.backbone ?? none),
    text(group.role),
    text(label),
    { text: runsText(entry), value: group.finished.length },
    { text: String(group.failed.length), value: group.failed.length },
    ...metrics.map(({ metric, decimals }, k) => metricCell(entry, metric, decimals, standings[k])),
    ...costs.map(({ key, text: print }): Cell => {
      const value = cost[key]
      return { text: value === null ? none : print(value), value }
    }),
  ]
}

/** `6`, or `2, failed 1 of 3`. */
function runsText({ group: { finished, failed, unfinished, missing } }: Entry): string {
  const total = finished.length + failed.length + unfinished.length + missing
  const lacking = [
    ['failed', failed.length],
    ['unfinished', unfinished.length],
    ['missing', missing],
  ] as const
  const parts = lacking
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${word} ${count} of ${total}`)
  return [...(finished.length > 0 || parts.length === 0 ? [String(finished.length)] : []), ...parts].join(
    ', ',
  )
}

function metricCell(entry: Entry, metric: Metric, decimals: number, standing: Standing | undefined): Cell {
  const summary = entry.summaries.get(metric.id)
  if (summary === undefined) return { text: none, value: null, spread: { sd: null, low: null, high: null } }
  const { mean, sd, low, high, n, same } = summary
  const show = (value: number) => (isShare(metric) ? percent(value, decimals) : fixed(value, decimals))
  const { failed, unfinished, missing } = entry.group
  const partial = failed.length + unfinished.length + missing > 0 ? ' ‡' : ''
  const mark = standing?.marks.get(entry)
  return {
    text: `${show(mean)}${same ? ` (same in all ${n})` : sd === null ? '' : ` ± ${spreadText(show(sd), decimals)}`}${partial}`,
    value: mean,
    spread: { sd, low, high },
    ...(mark && { mark }),
  }
}

/** A spread that rounds to nothing is small, not absent. */
function spreadText(text: string, decimals: number): string {
  return Number(text) === 0 ? `<${(10 ** -decimals).toFixed(decimals)}` : text
}
