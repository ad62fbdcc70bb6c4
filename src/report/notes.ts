import type { Metric } from '../metrics/index.ts'
import type { Machine, Manifest, Measurement, RunRecord } from '../record/index.ts'
import type { Standing } from './compare.ts'
import type { Entry } from './entries.ts'
import { counted, fixed, listed, percent } from './format.ts'
import { allRuns, groupBy, needsOf } from './groups.ts'
import { fewestPairs } from './statistics.ts'
import { machineText, orderText, preprocessingText } from './words.ts'

/** What the numbers are and how sure they are; in the order in which a reader asks. */
export function readingNotes(
  entries: readonly Entry[],
  standings: readonly Standing[],
  columns: readonly { metric: Metric; title: string; decimals: number }[],
): string[] {
  const notes: string[] = []
  const several = entries.some((entry) => entry.group.finished.length > 1)
  notes.push(
    several
      ? 'Shares in percent, to the digits the spread supports: mean ± sample standard deviation over the finished runs (class orders × seeds).'
      : 'Shares in percent. One run a row, so no spread is known.',
  )
  if (standings.some((standing) => standing.against.length > 0)) {
    const tied = standings.some((standing) => [...standing.marks.values()].includes('tied'))
    notes.push(
      `Best method in bold (* in plain text)${tied ? '; † its paired 95 % interval against the best covers 0' : ''}. Floors, ceilings and rows with failed runs do not compete.`,
    )
    notes.push(...runnerUpNote(standings.find((standing) => standing.against.length > 0)!, columns))
  } else if (standings.length > 0) {
    notes.push('Best method in bold (* in plain text): only the highest of one run each, no claim.')
  }
  return [...notes, ...incompleteNotes(entries)]
}

/** The claim that a reader will repeat, with its interval: by how much the best leads the next. */
function runnerUpNote(
  { metric, best, against }: Standing,
  columns: readonly { metric: Metric; title: string; decimals: number }[],
): string[] {
  const [{ entry, difference }] = against
  const column = columns.find((c) => c.metric === metric)!
  const show = (value: number) => (isShare(metric) ? percent(value, 2) : fixed(value, column.decimals))
  const p =
    difference.pSignFlip === null
      ? `sign-flip test: not testable with fewer than ${fewestPairs} pairs`
      : `sign-flip p = ${difference.pSignFlip < 0.001 ? difference.pSignFlip.toExponential(1) : difference.pSignFlip.toFixed(3)}`
  const unit = isShare(metric) ? ' points' : ''
  return [
    `${column.title}: ${best.label} − ${entry.label} = ${show(difference.mean)}${unit}, 95 % interval ${show(difference.low!)} to ${show(difference.high!)} over ${counted(difference.n, 'pair')}; ${p}.`,
  ]
}

/** Shares are stored 0 … 1 and printed in percent. */
export function isShare({ range }: Metric): boolean {
  return range[0] >= -1 && range[1] <= 1
}

function incompleteNotes(entries: readonly Entry[]): string[] {
  const groups = [...new Set(entries.map((entry) => entry.group))]
  const notes: string[] = []
  const partial = groups.filter(
    (g) => g.finished.length > 0 && g.failed.length + g.unfinished.length + g.missing > 0,
  )
  if (partial.length > 0) {
    notes.push(
      `‡ Only the finished runs: ${listed(partial.map((g) => `${g.label} (${g.finished.length} of ${allRuns(g).length + g.missing})`))}.`,
    )
  }
  for (const group of groups) {
    for (const record of group.failed)
      notes.push(`Failed: ${group.label}, ${runText(record)}: ${failureText(record)}`)
  }
  const stopped = groups.filter((g) => g.unfinished.length > 0)
  if (stopped.length > 0) {
    notes.push(
      `Not finished: ${listed(stopped.map((g) => `${g.label} (${counted(g.unfinished.length, 'run')})`))}; run again to go on.`,
    )
  }
  const absent = groups.filter((g) => g.missing > 0)
  if (absent.length > 0) {
    notes.push(`Not run: ${listed(absent.map((g) => `${g.label} (${counted(g.missing, 'run')})`))}.`)
  }
  return notes
}

function runText({ manifest }: RunRecord): string {
  return `order ${orderText(manifest.stream.order)}, seed ${manifest.seeds.root}`
}

function failureText({ measurements }: RunRecord): string {
  const error = measurements.findLast((line) => line.kind === 'end' && line.error !== undefined)
  return error?.kind === 'end' && error.error
    ? `${error.error.what} [${error.error.code}]`
    : 'no reason recorded.'
}

/** What each column is: permanent ids, with the definition's paper. */
export function metricNotes(
  columns: readonly { metric: Metric; title: string }[],
  entries: readonly Entry[],
): string[] {
  return columns.map(({ metric, title }) => {
    const isMissing = entries.some(
      ({ group, summaries }) => group.finished.length > 0 && summaries.get(metric.id)?.mean === undefined,
    )
    const why =
      isMissing && metric.undefinedWhen ? ` – where it does not exist: ${metric.undefinedWhen}.` : ''
    return `${title}: ${metric.id} (${metric.source}).${why}`
  })
}

/** Methods that compute in a process of their own, whose operations we can't count. */
function elsewhereNotes(entries: readonly Entry[]): string[] {
  const labels = (operations: string) =>
    entries.filter(({ group }) => group.manifest?.method.operations === operations).map(({ label }) => label)
  const [declared, unknown] = [labels('declared'), labels('unknown')]
  return [
    ...(declared.length > 0
      ? [`Operations by the method’s own account, not counted here: ${listed(declared)}.`]
      : []),
    ...(unknown.length > 0
      ? [
          `Operations unknown, as it computes in a process of its own; its CPU time is that process’s too: ${listed(unknown)}.`,
        ]
      : []),
  ]
}

/** References, and rows that a careful reader would ask about. */
export function roleNotes(entries: readonly Entry[], accuracy: Metric | undefined): string[] {
  const labels = (role: string) =>
    entries.filter((entry) => entry.group.role === role).map((entry) => entry.label)
  const [floors, ceilings] = [labels('floor'), labels('ceiling')]
  const notes: string[] = []
  if (floors.length > 0) notes.push(`Floor, learning nothing of the pictures: ${listed(floors)}.`)
  if (ceilings.length > 0)
    notes.push(`Ceiling, not continual, seeing all tasks at once: ${listed(ceilings)}.`)
  notes.push(...elsewhereNotes(entries))
  const lost = entries.filter(lostAllBefore).map((entry) => entry.label)
  if (lost.length > 0) {
    notes.push(
      `At or below chance on all earlier tasks together at the end: ${listed(lost)}. In class-incremental streams this is the known outcome of training without kept examples (van de Ven & Tolias 2019, arXiv:1904.07734), not a fault; such methods are for task- and domain-incremental streams.`,
    )
  }
  if (accuracy === undefined) return notes
  const meanOf = (entry: Entry) => entry.summaries.get(accuracy.id)?.mean
  const known = entries.filter((entry) => meanOf(entry) !== undefined && entry.group.role !== 'floor')
  const simplest = known
    .filter(({ group }) => group.role === 'method' && needsOf(group.manifest!).gradients === 'none')
    .sort((a, b) => (a.cost.flopsTrain ?? Infinity) - (b.cost.flopsTrain ?? Infinity))[0]
  const below =
    simplest &&
    known.filter((entry) => {
      const trains = needsOf(entry.group.manifest!).gradients !== 'none'
      return trains && meanOf(entry)! < meanOf(simplest)!
    })
  if (below && below.length > 0) {
    notes.push(
      `Below ${simplest.label} (${percent(meanOf(simplest)!, 2)} %), the cheapest row that takes no gradient step, on the same backbone: ${listed(below.map((entry) => `${entry.label} (${percent(meanOf(entry)!, 2)} %)`))}. It forgets, or its options or preprocessing do not fit this backbone.`,
    )
  }
  return notes
}

/** Trains, keeps nothing, and answers earlier tasks no better than a guess among all classes, in every run. */
function lostAllBefore({ group, evaluations }: Entry): boolean {
  if (group.role !== 'method' || group.stream.scenario !== 'class-incremental' || evaluations.length === 0)
    return false
  const { gradients, memory } = needsOf(group.manifest!)
  if (gradients === 'none' || (memory ?? 'none') !== 'none') return false
  return evaluations.every(({ rows, classes }) => {
    const last = rows.at(-1)
    const before = last?.cells.slice(0, last.after).map((cell) => cell?.accuracy) ?? []
    const known = before.filter((share) => share !== undefined)
    return known.length > 0 && known.reduce((sum, share) => sum + share, 0) / known.length <= 1 / classes
  })
}

/** Counted or measured, and where. */
export function computeNotes(records: readonly RunRecord[]): string[] {
  const machines = new Set(
    records.flatMap((r) =>
      r.measurements.flatMap((l) => (l.kind === 'start' ? [machineText(l.machine as Machine)] : [])),
    ),
  )
  const ends = records.flatMap((record) => record.measurements.filter((line) => line.kind === 'end'))
  const sum = (key: 'imagesEmbedded' | 'imagesFromCache') =>
    ends.reduce((total, line) => total + line[key], 0)
  const cached = sum('imagesFromCache')
  const notes = [
    'Operations and state: counted, one multiply-add being 2 operations, as if nothing were cached; embedding is the backbone over the training images, learning is all the rest.',
  ]
  if (machines.size > 0) {
    notes.push(
      `CPU time: measured on ${[...machines].sort().join('; ')}${cached > 0 ? `; the cache served ${percent(cached / (cached + sum('imagesEmbedded')), 1)} % of the embeddings` : ''}.`,
    )
  }
  return notes
}

/** What the table rests on. */
export function groundNotes(
  suite: { name: string; id: string },
  records: readonly RunRecord[],
  excluded: readonly { stream?: string; backbone?: string; method?: string; reason: string }[],
): string[] {
  const manifests = records.map((record) => record.manifest)
  const notes = [`Suite ${suite.name}, id ${suite.id}.`]
  for (const [name, group] of groupBy(manifests, (m) => m.stream.name)) {
    const orders = distinct(group.map((m) => `${orderText(m.stream.order)} (id ${m.stream.id})`))
    notes.push(`Stream ${name}, ${group[0].stream.scenario}; class order ${listed(orders)}.`)
  }
  for (const backbone of new Map(
    manifests.flatMap((m) => (m.backbone ? [[backboneText(m.backbone), 1]] : [])),
  ).keys()) {
    notes.push(backbone)
  }
  const seeds = [...new Set(manifests.map((m) => m.seeds.root))].sort((a, b) => a - b)
  if (seeds.length > 0)
    notes.push(`Root ${seeds.length === 1 ? 'seed' : 'seeds'} ${listed(seeds.map(String))}.`)
  const versions = distinct(manifests.map(versionText))
  if (versions.length > 0) notes.push(`Made with ${versions.join('; and with ')}.`)
  notes.push(...distinct(manifests.flatMap((m) => [...m.stream.notes])))
  notes.push(...distinct(records.flatMap(({ measurements }) => measurements.flatMap(remarksOf))))
  for (const { stream, backbone, method, reason } of excluded) {
    const what = [method, stream, backbone].filter((part) => part !== undefined).join(' · ')
    notes.push(`Left out: ${what}: ${reason}`)
  }
  return notes
}

/** What was remarkable about the data files of a run. */
function remarksOf(measurement: Measurement): readonly string[] {
  return measurement.kind === 'start' ? (measurement.remarks ?? []) : []
}

function backboneText(backbone: NonNullable<Manifest['backbone']>): string {
  const { name, sha256, embedding, dimension, preprocessing, pretraining } = backbone
  const trained =
    pretraining === null
      ? 'pretraining unknown'
      : `pretrained on ${pretraining.datasets.join(', ') || 'nothing'}`
  return `Backbone ${name}, sha256 ${sha256.slice(0, 12)}, ${dimension} features at ${embedding}; ${preprocessingText(preprocessing)}; ${trained}.`
}

function versionText({ versions, protocol, version, device }: Manifest): string {
  const parts = Object.entries(versions).map(([name, v]) => `${name} ${v}`)
  const computed = device === undefined ? [] : [`backbone computed on ${device}`]
  return [...parts, `protocol ${protocol}`, `record ${version}`, ...computed].join(', ')
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)]
