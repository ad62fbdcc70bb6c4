import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { embeddingsOutstanding } from '../embeddings/index.ts'
import type { ErrorText } from '../error.ts'
import { contentId } from '../identity/index.ts'
import {
  type FeaturePlan,
  launch,
  type Outcome,
  type Progress,
  type RunPlan,
  usesEmbeddings,
} from '../protocol/index.ts'
import { recordState } from '../record/index.ts'
import { type GridCell, openStore } from '../store/index.ts'
import type { BoardEvent } from '../tui/index.ts'
import { prepare } from './prepare.ts'
import { reportFolders } from './report-folders.ts'
import type { RunSettings } from './settings.ts'
import { writeLocks } from './write-locks.ts'

export interface RunResult {
  outcome: 'finished' | 'failed' | 'interrupted'
  /** Runs that were wanted, and how many of them have a whole record now. */
  total: number
  done: number
  failures: readonly { run: string; error: ErrorText }[]
  /** The table for a terminal; empty when nothing is finished. */
  text: string
  /** What was written: tables and figures. */
  files: readonly string[]
  /** The suite's folder under `results`. */
  folder: string
}

/**
 * Does every run of a suite that has no whole record yet, each in a process of its own, then draws its tables.
 *
 * Everything is checked before the first run begins. A run that fails leaves the others unharmed. Runs that were
 * stopped, here or by a kill, go on where they were.
 *
 * @throws whatever `prepare` finds wrong, before anything runs
 */
export async function run(settings: RunSettings): Promise<RunResult> {
  const prepared = await prepare(settings)
  const { suite, runs, wanted } = prepared
  const folder = resolve(settings.results, suite.name)
  const store = openStore(folder, { create: true })
  store.writeGrid(
    {
      suite: { name: suite.name, id: suite.id, title: suite.title, metrics: suite.metrics },
      cells: runs.map(gridCell),
      exclude: suite.exclude,
    },
    suite.file,
    [
      ...(settings.with ?? []).map((method) => `--with ${method}`),
      ...(settings.set ?? []).map((change) => `--set ${change}`),
    ],
  )
  const moved = writeLocks(folder, prepared.streams)
  const signal = settings.signal ?? new AbortController().signal
  if (settings.force && !signal.aborted) {
    for (const plan of wanted) rmSync(plan.folder, { recursive: true, force: true })
  }

  const pending = wanted.filter((plan) => recordState(plan.folder) !== 'finished')
  const tell = (event: BoardEvent) => settings.onEvent?.(event)
  tell({
    kind: 'plan',
    suite: suite.name,
    cells: wanted.map(({ id, label }) => ({ id, label })),
    alreadyDone: wanted.length - pending.length,
  })
  for (const text of moved) tell({ kind: 'remark', text })
  for (const note of prepared.notes) if (pending.length > 0) tell({ kind: 'remark', text: note })

  const failures: { run: string; error: ErrorText }[] = []
  const settle = (id: string, label: string, outcome: Outcome) => {
    const error = outcome.outcome === 'failed' ? outcome.error : undefined
    if (error) failures.push({ run: label, error })
    tell({
      kind: 'end',
      cell: id,
      outcome: outcome.outcome,
      ...(error && { error: `${error.code}: ${error.what}` }),
    })
  }

  const broken = new Set<string>()
  for (const features of distinctFeatures(pending.filter(embeds))) {
    if (signal.aborted) break
    if (embeddingsOutstanding(features).images === 0) continue
    const id = featureKey(features)
    const label = `embed ${features.dataset.name} · ${features.backbone.name}`
    tell({ kind: 'start', cell: label })
    const outcome = await launch(
      { kind: 'embed', id, label, features },
      { signal, onProgress: (progress) => forward(progress, label, tell) },
    )
    if (outcome.outcome === 'failed') broken.add(id)
    settle(label, label, outcome)
  }

  const queue = pending.filter((plan) => !embeds(plan) || !broken.has(featureKey(plan.features)))
  const worker = async () => {
    for (let plan = queue.shift(); plan && !signal.aborted; plan = queue.shift()) {
      const { id, label } = plan
      tell({ kind: 'start', cell: id })
      const outcome = await launch(
        { kind: 'run', plan },
        { signal, onProgress: (progress) => forward(progress, id, tell) },
      )
      settle(id, label, outcome)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, settings.jobs ?? 1) }, worker))

  const done = wanted.filter((plan) => recordState(plan.folder) === 'finished').length
  const open = wanted.length - done
  const outcome = open === 0 ? 'finished' : signal.aborted ? 'interrupted' : 'failed'
  const hasRecords = runs.some((plan) => recordState(plan.folder) !== 'absent')
  const drawn = hasRecords
    ? await reportFolders({
        folders: [folder],
        format: 'terminal',
        write: outcome !== 'interrupted',
        width: settings.width,
        colour: settings.colour,
      })
    : { text: '', files: [] }
  return { outcome, total: wanted.length, done, failures, text: drawn.text, files: drawn.files, folder }
}

function gridCell({ id, label, folder, manifest }: RunPlan): GridCell {
  const { stream, backbone, method } = manifest
  const { name, family, title, scenario } = stream
  return {
    id,
    label,
    folder,
    stream: { name, family, title, scenario },
    backbone: backbone && {
      name: backbone.name,
      title: backbone.title,
      preprocessing: backbone.preprocessing,
    },
    method: { name: method.name, label: method.name },
  }
}

function forward(progress: Progress, cell: string, tell: (event: BoardEvent) => void): void {
  if (progress.kind === 'step') tell({ ...progress, cell })
  else if (progress.kind === 'remark') tell({ kind: 'remark', text: progress.text })
}

/** Does this run read embeddings? Then they are made before it. */
function embeds({ method }: RunPlan): boolean {
  return usesEmbeddings(method.needs)
}

function distinctFeatures(plans: readonly RunPlan[]): FeaturePlan[] {
  return [...new Map(plans.map(({ features }) => [featureKey(features), features])).values()]
}

function featureKey({ dataset, backbone, preprocessing }: FeaturePlan): string {
  return contentId({ dataset: dataset.id, backbone: backbone.sha256, preprocessing })
}
