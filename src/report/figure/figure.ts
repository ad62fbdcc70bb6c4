import type { Manifest } from '../../record/index.ts'
import { listed } from '../format.ts'
import { summarise } from '../statistics.ts'
import type { Curves, Row } from '../table.ts'
import { orderText } from '../words.ts'
import { accuracyOfSeen } from './seen.ts'

/** Accuracy on all classes seen so far, after each task, or the loss while learning: what a drawing needs, settled. */
export interface Figure {
  /** Accuracy unless said. */
  shows?: 'accuracy' | 'loss'
  title: string
  /** Backbone, class orders, seeds. */
  subtitle: string
  /** Tasks of the stream: where the horizontal axis ends. */
  tasks: number
  lines: readonly Line[]
}

export interface Line {
  label: string
  role: Row['role']
  /** In order of task. A ceiling that learns everything at once has one point, the last. */
  points: readonly Point[]
}

export interface Point {
  /** 1-based: a printed number. Of a loss, how many tasks had been learned by then, a fraction. */
  task: number
  /** Share 0 … 1, or a loss; mean over runs. */
  mean: number
  /** Sample standard deviation over runs; `null` for one run. */
  sd: number | null
}

/** One line a row that has finished runs; a task that any of them did not evaluate has no point. */
export function figureOf(
  curves: Curves,
  context: { title: string; backbone: string | null; manifests: readonly Manifest[] },
): Figure {
  const tasks = Math.max(1, ...context.manifests.map((manifest) => manifest.stream.tasks.length))
  const lines = curves.map(({ label, role, evaluations }): Line => {
    const runs = evaluations.map(accuracyOfSeen)
    const points = Array.from({ length: tasks }, (_, k): Point[] => {
      const values = runs.map((run) => run[k]).filter((value) => value !== undefined)
      const summary = values.length === runs.length ? summarise(values) : undefined
      return summary === undefined ? [] : [{ task: k + 1, mean: summary.mean, sd: summary.sd }]
    })
    return { label, role, points: points.flat() }
  })
  const spread = lines.some((line) => line.points.some((point) => point.sd !== null && point.sd > 0))
  return {
    title: context.title,
    subtitle: subtitleOf(context, spread),
    tasks,
    lines: lines.filter((line) => line.points.length > 0),
  }
}

function subtitleOf(
  { backbone, manifests }: { backbone: string | null; manifests: readonly Manifest[] },
  spread: boolean,
): string {
  const orders = shortened([...new Set(manifests.map((m) => orderText(m.stream.order)))])
  const seeds = shortened([...new Set(manifests.map((m) => m.seeds.root))].sort((a, b) => a - b).map(String))
  return [
    backbone,
    orders && `class order ${orders}`,
    seeds && `seed ${seeds}`,
    spread && 'band: ± 1 standard deviation',
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' · ')
}

function shortened(words: readonly string[]): string {
  return words.length <= 4
    ? listed(words)
    : `${words.slice(0, 2).join(', ')} … ${words.at(-1)} (${words.length})`
}
