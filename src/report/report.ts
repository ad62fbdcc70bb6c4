import { type Metric, metricById } from '../metrics/index.ts'
import type { RunRecord } from '../record/index.ts'
import { choiceNotes } from './choice-notes.ts'
import { standing } from './compare.ts'
import type { Cost } from './compute.ts'
import { type Entry, entriesOf } from './entries.ts'
import { type Figure, figureOf } from './figure/figure.ts'
import { lossFigureOf } from './figure/losses.ts'
import { allRuns, type ExpectedRun, type Group, groupBy, groupRuns } from './groups.ts'
import { computeNotes, groundNotes, metricNotes, readingNotes, roleNotes } from './notes.ts'
import { cellsOf, columnsOf } from './rows.ts'
import type { Curves, Table } from './table.ts'
import { slug } from './words.ts'

/** Tables, figures and rows drawn from records alone. */
export interface Report {
  suite: { name: string; id: string }
  /** One a stream family and backbone. */
  tables: readonly Table[]
  /** Accuracy over tasks, in the order of `tables`. */
  figures: readonly Figure[]
  /** Training losses, likewise; without lines where no record tells any. */
  losses: readonly Figure[]
  /** What the JSON format prints. */
  rows: readonly ReportRow[]
}

/** A row for scripts; the shape is a contract. Shares 0 … 1, `null` for what does not exist. */
export interface ReportRow {
  stream: string
  scenario: string
  backbone: string | null
  method: string
  /** Finished runs, which the numbers are the means of. */
  n: number
  failed: number
  metrics: Readonly<
    Record<string, { mean: number | null; sd: number | null; low: number | null; high: number | null }>
  >
  /** Means over the finished runs. */
  compute: Cost
}

export interface ReportOptions {
  /** Metric ids, one column each. */
  metrics: readonly string[]
  suite: { name: string; id: string }
  /** Above each table, before the stream and the backbone. */
  title?: string
  /** The grid that the suite asks for: gives rows their labels and order, and shows what is missing. */
  expected?: readonly ExpectedRun[]
  /** Combinations left out on purpose, named in the notes. */
  excluded?: readonly { stream?: string; backbone?: string; method?: string; reason: string }[]
}

/**
 * Tables and figures of any records, finished or not.
 *
 * Runs that differ only in class order and seed make one row; nothing else is ever averaged. Failed runs are named
 * and not averaged; what does not exist is `–`.
 *
 * @throws unknown-metric, naming the nearest id; runs-disagree, when two records of one run contradict each other.
 */
export function report(records: readonly RunRecord[], options: ReportOptions): Report {
  const metrics = options.metrics.map((id) => metricById(id, 'metrics'))
  const groups = groupRuns(records, options.expected ?? [])
  const entries = new Map(groups.map((group) => [group, entriesOf(group, metrics)]))
  const parts = tableGroups(groups)
  const names = uniqueNames(
    parts.map(({ stream, backbone }) => slug([stream.name, backbone].filter(Boolean).join(' '))),
  )
  const drawn = parts.map((part, k) =>
    tableAndFigure(
      part,
      part.groups.flatMap((group) => entries.get(group)!),
      metrics,
      options,
      names[k],
    ),
  )
  return {
    suite: options.suite,
    tables: drawn.map(({ table }) => table),
    figures: drawn.map(({ figure }) => figure),
    losses: drawn.map(({ losses }) => losses),
    rows: groups.flatMap((group) => entries.get(group)!.map((entry) => rowOf(entry, metrics))),
  }
}

interface Part {
  stream: Group['stream']
  backbone: string | null
  groups: readonly Group[]
}

/** One table a stream family and backbone; rows that need no backbone stand in each table of their stream. */
function tableGroups(groups: readonly Group[]): Part[] {
  const streams = groupBy(groups, ({ stream }) => `${stream.family} ${stream.scenario}`)
  return [...streams.values()].flatMap((ofStream) => {
    const backbones = [...new Set(ofStream.map((group) => group.backbone).filter((name) => name !== null))]
    const chosen = backbones.length === 0 ? [null] : backbones
    return chosen.map((backbone) => ({
      stream: ofStream[0].stream,
      backbone,
      groups: inRoles(ofStream.filter((group) => group.backbone === backbone || group.backbone === null)),
    }))
  })
}

/** Floors first, the ceiling last, the order of the suite in between. */
function inRoles(groups: readonly Group[]): Group[] {
  return (['floor', 'method', 'ceiling'] as const).flatMap((role) =>
    groups.filter((group) => group.role === role),
  )
}

function tableAndFigure(
  part: Part,
  entries: readonly Entry[],
  metrics: readonly Metric[],
  options: ReportOptions,
  name: string,
): { table: Table; figure: Figure; losses: Figure } {
  const records = part.groups.flatMap(allRuns)
  const manifests = records.map((record) => record.manifest)
  const backbone = manifests.find((manifest) => manifest.backbone !== null)?.backbone ?? null
  const standings = metrics.map((metric) => standing(entries, metric))
  const shown = columnsOf(metrics, entries)
  const concerns = (wanted: string | undefined, own: string | null) =>
    wanted === undefined ||
    own === null ||
    own === wanted ||
    own.startsWith(`${wanted} · `) ||
    own.startsWith(`${wanted}/`)
  const excluded = (options.excluded ?? []).filter(
    ({ stream, backbone: left }) => concerns(stream, part.stream.name) && concerns(left, part.backbone),
  )
  const title = [part.stream.title, backbone?.title ?? part.backbone]
    .filter((text) => text != null)
    .join(' · ')
  const table: Table = {
    name,
    title: options.title === undefined ? title : `${options.title}: ${title}`,
    suite: options.suite,
    columns: shown.columns,
    rows: entries.map((entry) => ({ role: entry.group.role, cells: cellsOf(entry, part, shown, standings) })),
    notes: [
      ...readingNotes(
        entries,
        standings.filter((s) => s !== undefined),
        shown.metrics,
      ),
      ...metricNotes(shown.metrics, entries),
      ...roleNotes(
        entries,
        metrics.find((metric) => metric.id.startsWith('accuracy.last')),
      ),
      ...choiceNotes(entries),
      ...computeNotes(records),
      ...groundNotes(options.suite, records, excluded),
    ],
  }
  const curves: Curves = entries.map(({ label, group, evaluations }) => ({
    label,
    role: group.role,
    evaluations,
  }))
  const figure = figureOf(curves, {
    title: part.stream.title,
    backbone: backbone?.title ?? part.backbone,
    manifests,
  })
  // Several classifiers of one method learn together: their loss is one.
  const courses = part.groups.map((group) => ({
    label: group.label,
    role: group.role,
    records: group.finished,
  }))
  return { table, figure, losses: lossFigureOf(courses, figure) }
}

function rowOf(entry: Entry, metrics: readonly Metric[]): ReportRow {
  const { label, group, summaries, cost } = entry
  const numbers = metrics.map(({ id }) => {
    const { mean = null, sd = null, low = null, high = null } = summaries.get(id) ?? {}
    return [id, { mean, sd, low, high }] as const
  })
  return {
    stream: group.stream.name,
    scenario: group.stream.scenario,
    backbone: group.backbone,
    method: label,
    n: group.finished.length,
    failed: group.failed.length,
    metrics: Object.fromEntries(numbers),
    compute: cost,
  }
}

/** Files of one folder can't share a name: the second gets -2. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let k = 2; taken.has(free); k++) free = `${name}-${k}`
    taken.add(free)
    return free
  })
}
