/**
 * Streambed's one door: every public name, and nothing else.
 *
 * Methods of ours and of yours come in here alike. Everything that the command line does is a call here, under the
 * name of its command; what is heavy is loaded when it is called.
 */
import type { AddOptions, GoldenCheck } from './backbones/index.ts'
import type { Verdict } from './conformance/index.ts'
import type { Dataset, OpenOptions } from './datasets/index.ts'
import type { CacheEntry, Pruning } from './embeddings/index.ts'
import type {
  GetData,
  NewMethod,
  ReportResult,
  ReportSettings,
  RunResult,
  RunSettings,
  Settings,
  ShelfItem,
  VerifyMethod,
} from './harness/index.ts'
import type { RunRecord } from './record/index.ts'
import type { Device } from './runtime/index.ts'

export { StreambedError } from './error.ts'
export {
  adam,
  adamW,
  binaryCrossEntropy,
  crossEntropy,
  evenly,
  type Loss,
  maskOf,
  meanSquares,
  normalised,
  type Optimiser,
  oneHot,
  type Snapshot,
  sgd,
  softened,
  supervisedContrastive,
  surpriseOf,
  symmetricCrossEntropy,
  weightedSum,
} from './learner/index.ts'
export * from './method/index.ts'
export type { Device } from './runtime/index.ts'
export type { Chance } from './tensor/index.ts'
export type {
  AddOptions,
  CacheEntry,
  Dataset,
  GetData,
  NewMethod,
  OpenOptions,
  Pruning,
  ReportResult,
  ReportSettings,
  RunRecord,
  RunResult,
  RunSettings,
  Settings,
  ShelfItem,
  Verdict,
  VerifyMethod,
}

/** `streambed run`: every run of a suite that is not done yet, then its tables and figures. */
export async function run(settings: RunSettings): Promise<RunResult> {
  return (await import('./harness/index.ts')).run(settings)
}

/** `streambed check`: checks a suite, its data and backbones, and estimates; runs nothing. */
export async function check(settings: Settings): Promise<string> {
  return (await import('./harness/index.ts')).check(settings)
}

/** `streambed verify`: holds a method of the shelf, or of a file, against what every method must keep to. */
export async function verify(request: VerifyMethod): Promise<Verdict[]> {
  return (await import('./harness/index.ts')).verifyMethod(request)
}

/** `streambed new method`: writes a commented method that works as it is, to be changed; gives its path. */
export async function newMethod(request: NewMethod): Promise<string> {
  return (await import('./harness/index.ts')).newMethod(request)
}

/** `streambed report`: tables and figures from records alone. */
export async function report(settings: ReportSettings): Promise<ReportResult> {
  return (await import('./harness/index.ts')).reportFolders(settings)
}

/** One record, read from its folder: manifest, events with every answer, measurements. */
export async function readRecord(folder: string): Promise<RunRecord> {
  return (await import('./record/index.ts')).readRecord(folder)
}

/** `streambed list`: what is on a shelf. */
export async function list(
  shelf: 'streams' | 'methods' | 'backbones' | 'metrics' | 'suites' | 'datasets' | 'preprocessing',
): Promise<readonly ShelfItem[]> {
  return (await import('./harness/index.ts')).listShelf(shelf)
}

/** `streambed schema`: the JSON Schema of suite files. */
export async function schema(): Promise<object> {
  const [{ suiteSchema }, { suiteShelves }] = await Promise.all([
    import('./suite/index.ts'),
    import('./harness/index.ts'),
  ])
  return suiteSchema(await suiteShelves())
}

/** `streambed data get`: downloads a dataset's archive; gives its path. */
export async function getData(request: GetData): Promise<string> {
  return (await import('./harness/index.ts')).getData(request)
}

/** `streambed data verify`: opens a dataset of the shelf, reading it whole the first time. */
export async function openDataset(name: string, options: OpenOptions): Promise<Dataset> {
  return (await import('./datasets/index.ts')).openDataset(name, options)
}

/** `streambed backbone add`: writes a passport for an `.onnx` file; gives its path. */
export async function addBackbone(options: AddOptions): Promise<string> {
  return (await (await import('./backbones/index.ts')).addBackbone(options)).path
}

/** `streambed backbone check`: proves that this machine reproduces a backbone's golden embeddings. */
export async function checkBackbone(
  name: string,
  { device = 'cpu', ...places }: { data: string; device?: Device },
): Promise<GoldenCheck> {
  const [backbones, { requireDevice }] = await Promise.all([
    import('./backbones/index.ts'),
    import('./runtime/index.ts'),
  ])
  await requireDevice(device, device)
  return backbones.checkBackbone(await backbones.findBackbone(name, places), undefined, { device })
}

/** `streambed cache ls`: embeddings kept on this machine. */
export async function listCache(cache: string): Promise<CacheEntry[]> {
  return (await import('./embeddings/index.ts')).listCache(cache)
}

/** `streambed cache prune`: frees their disk; gives the bytes freed. */
export async function pruneCache(cache: string, which: Pruning): Promise<number> {
  return (await (await import('./embeddings/index.ts')).pruneCache(cache, which)).freedBytes
}
