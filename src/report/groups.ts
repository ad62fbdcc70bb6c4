import { StreambedError } from '../error.ts'
import { canonicalJson } from '../identity/index.ts'
import type { Manifest, RunRecord } from '../record/index.ts'
import type { Row } from './table.ts'
import { preprocessingText } from './words.ts'

/** A run that the suite asks for, whether or not it has been done: a cell of the grid with one order and one seed. */
export interface ExpectedRun {
  /** Identity of the run, as in its record's manifest. */
  run: string
  stream: { name: string; family: string; title: string; scenario: string }
  backbone: { name: string; title: string; preprocessing?: unknown } | null
  method: { name: string; label: string }
}

/** The runs of one method, with one set of options, on one stream family and backbone: one row a classifier. */
export interface Group {
  label: string
  role: Row['role']
  stream: { name: string; family: string; title: string; scenario: string }
  /** As the report names it; `null` where no backbone was used. */
  backbone: string | null
  /** Of one of its records; `undefined` when none of its runs exists. */
  manifest: Manifest | undefined
  finished: readonly RunRecord[]
  failed: readonly RunRecord[]
  unfinished: readonly RunRecord[]
  /** Asked for and not found. */
  missing: number
}

/** As the method declares; else a floor looks at no picture, and a ceiling is no continual learner. */
export function roleOf(manifest: Manifest): Row['role'] {
  if (manifest.method.role !== undefined) return manifest.method.role
  const needs = needsOf(manifest)
  if (needs.sees === 'all tasks at once') return 'ceiling'
  return needs.embeddings === false && needs.gradients === 'none' ? 'floor' : 'method'
}

export interface NeedsRead {
  gradients?: string
  embeddings?: boolean
  sees?: string
  memory?: string
  seeded?: boolean
}

export function needsOf(manifest: Manifest): NeedsRead {
  const { needs } = manifest.method
  return typeof needs === 'object' && needs !== null ? (needs as NeedsRead) : {}
}

/**
 * Records sorted into rows. Only runs that differ in class order and seed alone come together: another stream
 * family, scenario, backbone, preprocessing, option, method source, protocol, library version, device or data remark is
 * another row, and the label says which.
 */
export function groupRuns(records: readonly RunRecord[], expected: readonly ExpectedRun[]): Group[] {
  const asked = new Map(expected.map((run) => [run.run, run]))
  const rank = new Map(expected.map((run, k) => [run.run, k]))
  const place = (record: RunRecord) => rank.get(record.manifest.run) ?? expected.length
  const inOrder = unique(records).sort((a, b) => place(a) - place(b))
  const names = displayNames(inOrder)
  const together = groupBy(inOrder, (record) => canonicalJson(identityOf(record.manifest)))
  const labels = rowLabels(
    [...together.values()].map(([first]) => first),
    asked,
  )
  const groups = [...together.values()].map((runs): Group => {
    const { manifest } = runs[0]
    const state = (wanted: RunRecord['state']) => runs.filter((record) => record.state === wanted)
    return {
      label: labels.get(runs[0])!,
      role: roleOf(manifest),
      stream: { ...manifest.stream, name: names.streams.get(manifest.stream.family)! },
      backbone: manifest.backbone && names.backbones.get(backboneKey(manifest))!,
      manifest,
      finished: state('finished'),
      failed: state('failed'),
      unfinished: state('unfinished'),
      missing: 0,
    }
  })
  return withMissing(groups, inOrder, expected)
}

/**
 * One record a run. A run found twice (a folder named twice, a finished copy beside an unfinished one) counts once.
 *
 * @throws runs-disagree when two finished records of one run hold different facts: one of them can't be true.
 */
function unique(records: readonly RunRecord[]): RunRecord[] {
  return [...groupBy(records, (record) => record.manifest.run).values()].map((copies) => {
    const finished = copies.filter((record) => record.state === 'finished')
    const other = finished.find((record) => record.factsHash !== finished[0].factsHash)
    if (other !== undefined) {
      throw new StreambedError('runs-disagree', {
        what: `Two records of one run (${other.manifest.method.name}, run ${other.manifest.run}) hold different answers.`,
        where: `${finished[0].place} and ${other.place}`,
        mend: 'Report one of the two folders, or remove the wrong record and run the suite again.',
      })
    }
    return finished[0] ?? copies.at(-1)!
  })
}

function backboneKey({ backbone }: Manifest): string {
  if (backbone === null) return 'none'
  return canonicalJson([backbone.name, backbone.sha256, backbone.embedding, backbone.preprocessing])
}

/** What must be equal for two runs to be averaged. */
function identityOf(manifest: Manifest) {
  const { stream, method, versions, protocol, version, device = 'cpu' } = manifest
  return {
    stream: [stream.family, stream.scenario, stream.dataset, stream.notes],
    backbone: backboneKey(manifest),
    method: [method.name, method.id, method.options],
    made: [version, protocol, versions, device],
  }
}

/** Names in print: the order convention or the preprocessing is added where two things would share a name. */
function displayNames(records: readonly RunRecord[]) {
  const manifests = records.map((record) => record.manifest)
  const streams = told(
    manifests,
    (m) => m.stream.family,
    (m) => m.stream.name,
    [
      (m) => m.stream.scenario,
      (m) => `${m.stream.order.convention} order`,
      (m) => m.stream.family.slice(0, 8),
    ],
  )
  const backbones = told(
    manifests.filter((m) => m.backbone !== null),
    backboneKey,
    (m) => m.backbone!.name,
    [(m) => preprocessingText(m.backbone!.preprocessing), (m) => m.backbone!.sha256.slice(0, 8)],
  )
  return { streams, backbones }
}

/** Name by key; names that several keys share get the first of `additions` that tells them apart. */
function told(
  manifests: readonly Manifest[],
  keyOf: (manifest: Manifest) => string,
  nameOf: (manifest: Manifest) => string,
  additions: readonly ((manifest: Manifest) => string)[],
): Map<string, string> {
  const firsts = [...groupBy(manifests, keyOf).values()].map(([first]) => first)
  const names = new Map<string, string>()
  for (const [name, sharing] of groupBy(firsts, nameOf)) {
    const add =
      additions.find((text) => new Set(sharing.map(text)).size === sharing.length) ?? additions.at(-1)!
    for (const m of sharing) names.set(keyOf(m), sharing.length === 1 ? name : `${name} · ${add(m)}`)
  }
  return names
}

/** Row labels: the suite's own, else the method's name; groups that share one are told apart by what differs. */
function rowLabels(
  firsts: readonly RunRecord[],
  asked: ReadonlyMap<string, ExpectedRun>,
): Map<RunRecord, string> {
  const plain = (record: RunRecord) =>
    asked.get(record.manifest.run)?.method.label ?? record.manifest.method.name
  const labels = new Map<RunRecord, string>()
  const inTable = (record: RunRecord) => {
    const { manifest } = record
    return canonicalJson([
      plain(record),
      manifest.stream.family,
      manifest.stream.scenario,
      backboneKey(manifest),
    ])
  }
  for (const sharing of groupBy(firsts, inTable).values()) {
    const label = plain(sharing[0])
    const facts = sharing.map((record) => factsOf(record.manifest))
    const keys = [...new Set(facts.flatMap((fact) => Object.keys(fact)))]
    const differing = keys.filter((key) => new Set(facts.map((fact) => fact[key])).size > 1)
    sharing.forEach((record, k) => {
      const words = differing.map((key) => `${key} ${facts[k][key] ?? 'none'}`)
      labels.set(record, words.length === 0 ? label : `${label} (${words.join(', ')})`)
    })
  }
  return labels
}

function factsOf({
  method,
  protocol,
  versions,
  version,
  stream,
  device = 'cpu',
}: Manifest): Record<string, string> {
  const options = Object.entries(method.options).map(([name, value]) => [name, String(value)])
  return {
    ...Object.fromEntries(options),
    source: method.id.slice(0, 8),
    protocol: String(protocol),
    record: String(version),
    ...versions,
    device,
    ...(stream.notes.length > 0 ? { data: stream.notes.join('; ') } : {}),
  }
}

/** Adds what the suite asks for and nobody has run: to the row it belongs to, or as a row of its own. */
function withMissing(
  groups: Group[],
  records: readonly RunRecord[],
  expected: readonly ExpectedRun[],
): Group[] {
  const present = new Set(records.map((record) => record.manifest.run))
  const runsOf = new Map(groups.map((group) => [group, allRuns(group).map((record) => record.manifest.run)]))
  const asked = new Map(expected.map((run) => [run.run, run]))
  const cellOf = ({ stream, backbone, method }: ExpectedRun) =>
    canonicalJson([stream.family, backbone?.name ?? null, backbone?.preprocessing ?? null, method.label])
  const backboneOf = ({ backbone }: ExpectedRun) => canonicalJson([backbone?.name, backbone?.preprocessing])
  const groupAt = new Map<string, Group>()
  const backboneAt = new Map<string, string | null>()
  for (const [group, runs] of runsOf) {
    for (const run of runs) {
      const known = asked.get(run)
      if (known === undefined) continue
      groupAt.set(cellOf(known), group)
      backboneAt.set(backboneOf(known), group.backbone)
    }
  }
  const all = new Set<Group>()
  for (const run of expected) {
    let group = groupAt.get(cellOf(run))
    if (present.has(run.run)) {
      all.add(group!)
      continue
    }
    if (group === undefined) {
      const twin = groups.find((g) => g.manifest?.method.name === run.method.name)
      const stream = groups.find((g) => g.stream.family === run.stream.family)?.stream ?? run.stream
      group = {
        label: run.method.label,
        role: twin?.role ?? 'method',
        stream,
        backbone: backboneAt.get(backboneOf(run)) ?? run.backbone?.name ?? null,
        manifest: undefined,
        finished: [],
        failed: [],
        unfinished: [],
        missing: 0,
      }
      groupAt.set(cellOf(run), group)
    }
    all.add(group)
    group.missing++
  }
  // In the suite's order; then what it doesn't ask for.
  return [...new Set([...all, ...groups])]
}

export function allRuns(group: Group): RunRecord[] {
  return [...group.finished, ...group.failed, ...group.unfinished]
}

/** Values by key, both in order of appearance (Node 20 has no Map.groupBy). */
export function groupBy<Value, Key>(
  values: Iterable<Value>,
  keyOf: (value: Value) => Key,
): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}
