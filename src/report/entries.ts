import { type Evaluations, evaluationsOf, type Metric } from '../metrics/index.ts'
import type { RunRecord } from '../record/index.ts'
import { type Cost, costOf, meanCost } from './compute.ts'
import { type Group, needsOf } from './groups.ts'
import { type Summary, summarise } from './statistics.ts'

/** A row with its numbers: one classifier of one group. */
export interface Entry {
  label: string
  group: Group
  evaluations: readonly Evaluations[]
  /** By metric id: a value a finished run, in the order of `group.finished`; `undefined` where it does not exist. */
  values: ReadonlyMap<string, readonly (number | undefined)[]>
  /** By metric id; `undefined` where any finished run lacks the number, or none finished. */
  summaries: ReadonlyMap<string, Summary | undefined>
  cost: Cost
}

/** The rows of a group: its first classifier under the group's name, each other one as `name · classifier`. */
export function entriesOf(group: Group, metrics: readonly Metric[]): Entry[] {
  const classifiers = classifiersOf(group)
  const cost = meanCost(group.finished.map(costOf))
  return (classifiers.length === 0 ? [undefined] : classifiers).map((classifier, k) => {
    const evaluations = group.finished.map((record) => evaluationsOf(record, classifier))
    const values = new Map(metrics.map((metric) => [metric.id, evaluations.map((e) => metric.of(e))]))
    const summaries = new Map([...values].map(([id, list]) => [id, wholeSummary(list)]))
    const label = k === 0 ? group.label : `${group.label} · ${classifier}`
    return { label, group, evaluations, values, summaries, cost }
  })
}

/** The row's own classifier first, if the record names it (a stored manifest has its keys sorted). */
function classifiersOf({ manifest }: Group): string[] {
  if (manifest === undefined) return []
  const names = Object.keys(manifest.method.classifiers)
  const first = manifest.method.classifier ?? names[0]
  return [first, ...names.filter((name) => name !== first)]
}

/** A mean over the runs that happen to have a number would be the mean of something else. */
function wholeSummary(values: readonly (number | undefined)[]): Summary | undefined {
  const present = values.filter((value) => value !== undefined)
  return present.length === values.length ? summarise(present) : undefined
}

/**
 * Differences a − b over the runs that share class order and seed. A method that no seed changes runs once an
 * order, and stands for every seed there.
 */
export function differences(a: Entry, b: Entry, metric: string): number[] {
  const [long, short, sign] =
    a.group.finished.length >= b.group.finished.length ? ([a, b, 1] as const) : ([b, a, -1] as const)
  const seedless = short.group.manifest !== undefined && needsOf(short.group.manifest).seeded === false
  const pairs = long.group.finished.flatMap((run, k) => {
    const order = short.group.finished.map((other) => other.manifest.stream.id === run.manifest.stream.id)
    const same = short.group.finished.findIndex((other, j) => order[j] && seedOf(other) === seedOf(run))
    const partner = same >= 0 ? same : seedless ? order.indexOf(true) : -1
    const [x, y] = [long.values.get(metric)?.[k], short.values.get(metric)?.[partner]]
    return x === undefined || y === undefined ? [] : [sign * (x - y)]
  })
  return pairs
}

const seedOf = (record: RunRecord) => record.manifest.seeds.root
