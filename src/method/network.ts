import {
  type Anchor,
  crossEntropy,
  type GradientOptions,
  type Group,
  type Inputs,
  type Learner,
  type Loss,
  learner,
  type Optimiser,
  oneHot,
  type Snapshot,
  type StepOptions,
  type StepResult,
} from '../learner/index.ts'
import type { Model } from '../onnx/index.ts'
import {
  batchNorms,
  findBlocks,
  type HeadInit,
  type Vit,
  type Weight,
  weightsOf,
} from '../rewriting/index.ts'
import { chance } from '../tensor/index.ts'
import { classColumns } from './class-columns.ts'
import type { Backbone, PartState, RowValues, Scores } from './method.ts'
import { type Dropping, type Module, withModules } from './modules.ts'
import { type Shown, showsOf } from './shown.ts'
import { bytesOf, chanceState, type MeasuredPart } from './state.ts'

export interface NetworkOptions extends Dropping {
  head?: 'linear' | 'cosine'
  /** Of new columns: PyTorch's law of a linear layer unless said. */
  headInit?: HeadInit
  /**
   * What is trained beside the head: everything, nothing, or only what these name: `module` is what the modules added,
   * the others are kinds of the backbone's own weights. Without modules 'all' unless said, with them 'module'.
   */
  trains?: 'all' | 'nothing' | readonly ('module' | Weight['kind'])[]
  modules?: readonly Module[]
  /** 'training' normalises by each batch and keeps running statistics; 'frozen' unless said. */
  batchNorm?: 'frozen' | 'training'
  /** Cross-entropy over all classes so far unless said; as a function, asked again whenever classes appear. */
  loss?: Loss | ((labels: readonly number[]) => Loss)
  optimiser: Optimiser
  /** Times the rate, for what lies below the head; 1 unless said. */
  backboneRate?: number
  /** Groups of weights instead of those two. */
  groups?: readonly Group[]
  /** Longest gradient that is let through; none is cut unless said. */
  clip?: number
  /** Examples of a usual step. */
  batch: number
  /** Name of a training view (`streambed list views`), or `none`: pictures as they are, which is also how all is evaluated. */
  view?: string
  /** What growing does with the optimiser's memory of older weights: 'kept' unless said. */
  optimiserState?: 'kept' | 'reset'
  /** Tells several networks of one run apart. */
  name?: string
}

/** What is learned from: rows, or what `show` made of them, and what the loss is fed. */
export interface Examples {
  readonly rows: RowValues | Shown
  /** By the loss's names; `{ targets: network.targets(labels) }` for a cross-entropy. */
  readonly targets: Readonly<Record<string, Float32Array>>
  /** More inputs that a module reads, a row an example. */
  readonly extra?: Inputs
}

/** A copy of the backbone with a head on it, that learns. Rows are [n × backbone.rowSize]. */
export interface Network extends MeasuredPart {
  /** Stream label of the head's column k at place k. */
  readonly labels: readonly number[]
  /** Columns for new classes; those of known ones stay as they are, to the bit. */
  grow(labels: readonly number[]): void
  /** The column of each label. @throws class-not-announced */
  columns(labels: ArrayLike<number>): Int32Array
  /** [n × columns] one-hot. */
  targets(labels: ArrayLike<number>, smoothing?: number): Float32Array
  /** Rows as training shows them, to be used for more than one pass. Draws chance when the view does. */
  show(rows: RowValues): Shown
  /** One update on the mean loss of these examples; gives that loss and the scores before it. */
  step(examples: Examples, options?: StepOptions): Promise<StepResult>
  /** The gradient of the mean loss, flat; nothing is updated. */
  gradients(examples: Examples, options?: GradientOptions): Promise<{ loss: number; gradients: Float32Array }>
  /** Σ over the examples of their own squared gradients, flat; as evaluated, and rows as they are. */
  squaredGradients(examples: Examples): Promise<Float32Array>
  /** One update by a gradient from anywhere. */
  apply(gradients: Float32Array, options?: StepOptions): Promise<void>
  /** [n × dimension]: what the head reads. Rows are shown as they are; with a snapshot by earlier weights. */
  features(rows: RowValues | Shown, options?: Evaluation): Promise<Float32Array>
  /** [n × columns]; with a snapshot, [n × the columns of then]. */
  scores(rows: RowValues | Shown, options?: Evaluation): Promise<Scores>
  /** The network as it is now, as plain data. */
  snapshot(): Promise<Snapshot>
  /** Trained weights flat, as all gradients are; and back again. */
  weights(): Promise<Float32Array>
  setWeights(values: Float32Array): Promise<void>
  /** A copy of one trained weight by its name: the keys of a pool. @throws RangeError for a name that there is not */
  weight(name: string): Promise<Float32Array>
  /** The flat part of the head: weights [dimension × columns], bias [columns] (or the scale of a cosine head). */
  head(): Promise<Float32Array>
  setHead(values: Float32Array): Promise<void>
  /** A pull of the weights, kept and saved with the network; `null` lets go. */
  setAnchor(anchor: Anchor | null): Promise<void>
  /** A copy of it, with the columns that there are now; those that came later have no importance. */
  anchor(): Promise<Required<Anchor> | null>
  /** A flat vector of when there were fewer columns, as it would lie now; 0 for what is new. */
  widened(flat: Float32Array): Promise<Float32Array>
  resetOptimiser(): Promise<void>
  /** Begins anew, from the backbone's own weights and columns as drawn at first, for the classes that there are now. */
  restart(): Promise<void>
  /** An `.onnx` file of the network as it is now. */
  export(): Promise<Uint8Array>
}

export interface Evaluation {
  readonly snapshot?: Snapshot
  readonly extra?: Inputs
}

/** Tokens that one run of a Transformer's graph takes: what fits the caches, measured on a ViT-Tiny at 224 and 96 px. */
const transformerTokens = 8 * 197

/**
 * A network that learns, made of the run's backbone: real back-propagation through its own graph, as deep as `trains`
 * says. For a feature-level method (`gradients: 'head'`) it is a head on embeddings and has nothing below to train.
 *
 * All passes are counted. It is made when it is first needed, with the classes announced by then; saved with the
 * bits that it goes on from.
 *
 * Bytes  4 × trained parameters × (1 + what the optimiser keeps), and running statistics; twice that with an anchor.
 * @throws vit-blocks-not-found for modules in a network without Transformer blocks; no-batch-normalization where nothing
 *   but its statistics is to move; unknown-train-view; and what the training engine refuses (`unsupported-gradient`,
 *   naming the node)
 */
export function network(backbone: Backbone, options: NetworkOptions): Network {
  const { base, rowSize } = backbone
  const { name = 'network', view = 'none' } = options
  const columns = classColumns(name)
  const shows = showsOf(base, rowSize, view)
  const showing = chance(base.seed, name, 'views')
  let made: Learner | undefined
  let loading: PartState = null
  let making: Promise<unknown> = Promise.resolve()

  const grown = (): Learner => {
    const missing = columns.labels.length - made!.classes
    if (missing > 0) {
      made!.grow(missing)
      if (typeof options.loss === 'function') made!.setLoss(options.loss(columns.labels))
    }
    base.trains(made!.entries.reduce((sum, { length }) => sum + length, 0))
    return made!
  }
  const ready = (): Promise<Learner> => {
    const turn = making.then(async () => {
      made ??= await learnerOf(backbone, options, columns.labels)
      if (loading !== null) made.load(loading)
      loading = null
      return grown()
    })
    making = turn.catch(() => undefined)
    return turn
  }
  const shown = (rows: RowValues | Shown, training: boolean): Shown => {
    if ('inputs' in rows) return rows
    return training ? shows.forTraining(rows, showing) : shows.plain(rows)
  }
  const batchOf = ({ rows, targets, extra }: Examples, training = true) => ({
    inputs: { ...shown(rows, training).inputs, ...extra },
    targets,
  })
  const evaluated = async (
    rows: RowValues | Shown,
    { extra }: Evaluation,
    pass: (now: Learner, inputs: Inputs) => Promise<Float32Array>,
  ): Promise<Float32Array> => {
    const { length, inputs } = shown(rows, false)
    // Nothing is known before the first class, and of no images nothing can be said.
    if (length === 0 || columns.labels.length === 0) return new Float32Array(0)
    return pass(await ready(), { ...inputs, ...extra })
  }
  const save = (): PartState => ({
    labels: columns.save(),
    views: chanceState(showing),
    learner: loading ?? (made?.save() as PartState | undefined) ?? null,
  })

  return {
    get labels() {
      return columns.labels
    },
    grow: columns.grow,
    columns: (labels) => Int32Array.from(labels, (label) => columns.of(label)),
    targets: (labels, smoothing = 0) =>
      oneHot(
        Int32Array.from(labels, (label) => columns.of(label)),
        columns.labels.length,
        smoothing,
      ),
    show: (rows) => shows.forTraining(rows, showing),
    async step(examples, given) {
      const batch = batchOf(examples)
      return (await ready()).step(batch, given)
    },
    async gradients(examples, given = {}) {
      const batch = batchOf(examples, given.mode !== 'evaluation')
      return (await ready()).gradients(batch, given)
    },
    async squaredGradients(examples) {
      const batch = batchOf(examples, false)
      return (await ready()).squaredGradients(batch)
    },
    apply: async (gradients, given) => (await ready()).apply(gradients, given),
    features: (rows, given = {}) =>
      evaluated(rows, given, (now, inputs) => now.features(inputs, given.snapshot)),
    scores: (rows, given = {}) => evaluated(rows, given, (now, inputs) => now.scores(inputs, given.snapshot)),
    snapshot: async () => (await ready()).snapshot(),
    weights: async () => (await ready()).weights(),
    setWeights: async (values) => (await ready()).setWeights(values),
    async weight(name) {
      const now = await ready()
      const entry = now.entries.find(({ ref }) => ref.name === name)
      if (entry === undefined) throw new RangeError(`weight: none that is trained is called ${name}`)
      return now.weights().slice(entry.offset, entry.offset + entry.length)
    },
    head: async () => (await ready()).head(),
    setHead: async (values) => (await ready()).setHead(values),
    setAnchor: async (pull) => (await ready()).setAnchor(pull),
    anchor: async () => (await ready()).anchor(),
    widened: async (flat) => (await ready()).widened(flat),
    resetOptimiser: async () => (await ready()).resetOptimiser(),
    async restart() {
      const now = await ready()
      const first = await learnerOf(backbone, options, columns.labels)
      now.load(first.save())
      await first.release()
    },
    export: async () => (await ready()).export(),
    save,
    load(state) {
      const saved = state as { labels: Int32Array; views: PartState; learner: PartState }
      columns.load(saved.labels)
      showing.load(saved.views)
      loading = saved.learner
    },
    bytes: () => bytesOf(save()),
  }
}

async function learnerOf(
  backbone: Backbone,
  options: NetworkOptions,
  labels: readonly number[],
): Promise<Learner> {
  const { base } = backbone
  const { name = 'network', head = 'linear', headInit, batch, backboneRate = 1, modules = [] } = options
  const deep = base.level === 'backbone'
  if (!deep && modules.length > 0) {
    throw new RangeError(`${name}: a head on embeddings has no blocks to put modules into`)
  }
  const random = chance(base.seed, name, 'modules')
  const original = await base.model()
  const { model, trainable, masks, vit, output, terms } = await withModules(
    original,
    modules,
    options,
    backbone.dimension,
    random,
  )
  const { trains = modules.length > 0 ? ['module'] : 'all' } = options
  if (deep && trains === 'nothing' && options.batchNorm === 'training') batchNorms(original) // else nothing would change
  const added = new Set(trainable.map((weight) => weight.name))
  const free = new Set(
    trains === 'nothing' || !deep
      ? []
      : weightsOf(model, vit).flatMap((weight) => {
          const kind = added.has(weight.name) ? 'module' : weight.kind
          return trains === 'all' || trains.includes(kind) ? [weight.name] : []
        }),
  )
  if (trains !== 'nothing' && (trains === 'all' || trains.includes('module'))) {
    for (const weight of added) free.add(weight)
  }
  const transformer = deep && (vit !== undefined || model.graph.nodes.some(({ op }) => op === 'Softmax'))
  return learner({
    model,
    ...(output !== undefined && { output }),
    terms,
    head: { kind: head, classes: labels.length, ...(headInit && { init: headInit }) },
    trainable: (weight) => free.has(weight.name),
    batchNorm: options.batchNorm ?? 'frozen',
    ...(base.fronts && { fronts: base.fronts }),
    masks,
    loss: typeof options.loss === 'function' ? options.loss(labels) : (options.loss ?? crossEntropy()),
    optimiser: options.optimiser,
    groups: options.groups ?? [
      { name: 'head', match: 'head' },
      { name: 'backbone', match: 'backbone', factor: backboneRate },
    ],
    ...(options.clip !== undefined && { clip: options.clip }),
    batch: transformer ? Math.min(batch, await transformerRows(model, vit)) : batch,
    fused: !transformer,
    threads: base.threads,
    ...(base.device && { device: base.device }),
    seed: `${base.seed}/${name}`,
    optimiserState: options.optimiserState ?? 'kept',
    count: base.count,
  })
}

async function transformerRows(model: Model, vit: Vit | undefined): Promise<number> {
  // One without blocks of a known kind is taken for a ViT of the usual size.
  const { tokens } = vit ?? (await findBlocks(model).catch(() => ({ tokens: 197 })))
  return Math.max(1, Math.floor(transformerTokens / tokens))
}
