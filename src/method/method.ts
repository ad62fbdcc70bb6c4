import type { Chance } from '../tensor/index.ts'
import type { NetworkBase } from './network-base.ts'

/**
 * Pictures whose content a method may use but whose place in the dataset it can't see: ask the backbone for
 * their embeddings. Test pictures come without labels.
 */
export interface Images {
  readonly length: number
}

/** Embeddings of a frozen backbone. */
export interface FrozenBackbone {
  readonly dimension: number
  /** [n × dimension] float32, row by row; a fresh array that the caller owns. */
  embed(images: Images): Promise<Float32Array>
}

/** Rows of numbers, one an image: pictures as bytes (planar red, green, blue), or embeddings. */
export type RowValues = Uint8Array | Float32Array

/** A backbone as a method meets it: frozen, and as the stuff that a `network` is made of. */
export interface Backbone extends FrozenBackbone {
  /** Numbers in one row of `rows`. */
  readonly rowSize: number
  /**
   * What a network is shown and a buffer keeps of these images, [n × rowSize], a fresh array: the pictures as they
   * are stored, not augmented; for a feature-level method (`gradients: 'head'`) their embeddings.
   */
  rows(images: Images): Promise<RowValues>
  /** What `network` builds on; of no use by itself. */
  readonly base: NetworkBase
}

/** One batch to learn from. `labels` are stream labels, [n]. */
export interface Batch {
  readonly images: Images
  readonly labels: Int32Array
}

/** Scores of n images over the classes seen so far: [n × seen] float32, column k is class `seen[k]`; higher is likelier. */
export type Scores = Float32Array

/** What each classifier's scores mean: `logits` and `probabilities` give p(true) to the ledger, `scores` do not. */
export type ScoreKind = 'logits' | 'probabilities' | 'scores'

/** Plain state to be saved: numbers, texts, typed arrays, and lists and objects of these. */
export type PartState =
  | null
  | boolean
  | number
  | string
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | readonly PartState[]
  | { readonly [key: string]: PartState }

/** A piece of a method that must survive a stop: saved at each checkpoint, restored on resume. */
export interface Part {
  save(): PartState
  load(state: PartState): void
}

/** What a method needs; checked against the stream before anything runs. */
export interface Needs {
  /** How deep its gradient goes: into the backbone, or only into a head on stored embeddings. */
  gradients: 'none' | 'head' | 'backbone'
  /**
   * Does it use embeddings of the frozen backbone? Default true, and false for a method whose gradient goes into the
   * backbone; the floors say false.
   */
  embeddings?: boolean
  /** What the backbone must have for it: the blocks of a Vision Transformer, or batch normalisation. */
  anatomy?: 'transformer' | 'batch normalisation'
  /**
   * References that are not continual: `all tasks at once` learns the union, once, at the end; `all tasks so far`
   * meets the images of every earlier task again beside those of the present one.
   */
  sees?: 'one task' | 'all tasks so far' | 'all tasks at once'
  /** What it keeps of the data. */
  memory?: 'none' | 'embeddings' | 'raw images'
  /** Must it be told where tasks end? */
  boundaries?: boolean
  /** Scenarios it is defined for; default all. */
  scenarios?: readonly string[]
  /** Share of each class's training images to hold out for it, 0 … 0.5; default 0. */
  validation?: number
  /** Does its result depend on a seed, once the stream is fixed? Default true. */
  seeded?: boolean
}

/** What one training step may report: shown in progress, and checked for NaN by the protocol. */
export type StepReport = {
  loss?: number
  /** Exemplars learned from again beside the batch; they add to the run's `imagesReplayed`. */
  replayed?: number
}

/** Where a step stands. All counts from 0. */
export interface StagePlace {
  readonly task: number
  readonly epoch: number
  /** Epochs of this stage in this task. */
  readonly epochs: number
  /** Steps of this stage done in this task. */
  readonly step: number
  /** … and how many there are to be, unless a check stops it early. */
  readonly steps: number
  /** Steps of stages of this name since the stream began. */
  readonly overall: number
}

/** A pass over images, step by step. The protocol owns the loop, the epochs and the cursor. */
export interface ImageStage {
  readonly name: string
  readonly over: {
    images: 'task'
    batch: number
    epochs: number
    /** Default `shuffled`, anew each epoch. `canonical`: by content hash. */
    order?: 'shuffled' | 'canonical'
  }
  // biome-ignore lint/suspicious/noConfusingVoidType: a step that reports nothing is a function without return
  step(batch: Batch, place: StagePlace): Promise<StepReport | void> | StepReport | void
  /** After each epoch: a pass over the held-out images, then `flat` says whether to stop early. */
  readonly check?: {
    batch: number
    step(batch: Batch): Promise<void> | void
    flat(): boolean
  }
}

/** Steps over what the method keeps or draws, not over images: aligning a classifier, replaying a buffer. */
export interface OwnStage {
  readonly name: string
  readonly steps: number
  // biome-ignore lint/suspicious/noConfusingVoidType: a step that reports nothing is a function without return
  stepAt(place: StagePlace): Promise<StepReport | void> | StepReport | void
}

export type Stage = ImageStage | OwnStage

/** A number that a method chose, and whether it is the least or the greatest of those it tried. */
export type Choice = { value: number; atEnd: boolean }

/** A method at work on one stream. */
export interface Learner {
  /** New classes appear: stream labels, in the order of their score columns from now on. */
  newClasses?(classes: readonly number[]): void
  /** What happens to this task, in order. Depends on the task alone: a resumed run asks again, in its middle. */
  stages(task: { index: number; classes: readonly number[] }): readonly Stage[]
  /**
   * After a task's last stage, before anything is evaluated: works out what prediction needs (an inverse, a
   * solve), counted as training. It may keep only what the parts determine; a resumed run need not call it again.
   */
  settle?(): Promise<void> | void
  /**
   * What it chose by itself for the task just learned, such as { lambda: … }: goes into the record, and a report says
   * where a choice lies at the end of what there was to choose from. The parts determine it.
   */
  chosen?(): Readonly<Record<string, Choice>>
  /** Scores by classifier name. Must change nothing and not depend on which images come together. */
  predict(images: Images): Promise<Record<string, Scores>> | Record<string, Scores>
  /** Everything that must be remembered between two steps. */
  readonly parts: Record<string, Part>
  /** It won’t be asked again, and may let go of what the end of this process would end anyway. */
  close?(): void
}

/** What a method is started with. */
export interface Start<Options> {
  readonly backbone: Backbone
  readonly options: Readonly<Options>
  /** Seeded chance by purpose (`buffer`, `init`, …). Each call with one name gives the same stream of numbers. */
  random(purpose: string): Chance & Part
  readonly scenario: string
  /** Adds to the run's operations. The parts of `streambed` call it; arithmetic of your own counts itself here. */
  count(operations: number): void
}

export type OptionValue = number | string | boolean

export interface Method<Options extends Record<string, OptionValue> = Record<string, OptionValue>> {
  readonly name: string
  readonly summary: string
  /** The paper. */
  readonly source: string
  readonly needs: Needs
  /** A reference row and no competitor: a `floor` that learns nothing of the images, or a `ceiling`. */
  readonly role?: 'floor' | 'ceiling'
  /** Classifiers that `predict` returns, the first one being the row's; and what their scores mean. */
  readonly classifiers: Readonly<Record<string, ScoreKind>>
  /** Every option with a default that a paper would defend. A suite may set these and no others. */
  readonly options: Options
  /**
   * Where its operations come from. Default `counted`: by the parts of `streambed` that it is put together from. A method
   * that computes elsewhere declares its own with `count`, or they are unknown, and nobody guesses.
   */
  readonly operations?: 'counted' | 'declared' | 'unknown'
  start(context: Start<Options>): Learner | Promise<Learner>
}

/** Declares a method; gives it its type and nothing else. */
export function defineMethod<Options extends Record<string, OptionValue>>(
  method: Method<Options>,
): Method<Options> {
  return method
}
