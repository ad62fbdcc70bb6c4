import type { Recomputed, Weight } from '../autodiff/index.ts'
import type { Model, Prefix } from '../onnx/index.ts'
import type { HeadInit, Mask } from '../rewriting/index.ts'
import type { Device } from '../runtime/index.ts'
import type { TypedArray } from '../tensor/index.ts'
import type { Entry, Group } from './layout.ts'
import type { Loss } from './losses/index.ts'
import type { Optimiser } from './optimisers/index.ts'

export interface LearnerOptions {
  /** The network below the head; nothing of it is changed in place. */
  model: Model
  /** The output that a head stands on, or with `head: 'none'` the scores; its only output unless said. */
  output?: string
  /** What is put on it; `classes` at first, 1 or more. New columns are drawn by `init`, PyTorch's law unless said. */
  head: { kind: 'linear' | 'cosine'; classes: number; init?: HeadInit } | 'none'
  /**
   * Which weights of the network are trained beside the head. 'all' are the tables that the file stores as such, of
   * rank 1 or more: the √2 of a Gelu is none.
   */
  trainable: 'none' | 'all' | ((weight: Weight) => boolean)
  /** 'training': normalises by each batch and keeps running statistics; 'frozen' unless said. */
  batchNorm?: 'frozen' | 'training'
  /**
   * Ways to show pictures: sub-graphs put before the network's first input, with the same weights behind them. A batch
   * is shown by the front whose inputs it brings: `{ pixels }` of the dataset's size, resized in the graph, against
   * `{ view }` of the network's own; the network's input by itself where no front has one of its name. All other
   * inputs of the network are fed beside them, and beside every front.
   */
  fronts?: Readonly<Record<string, Prefix>>
  /**
   * Outputs of the network, [rows] or [rows, 1], whose mean over the examples, times `weight`, is added to the loss:
   * what pulls keys to queries in L2P.
   */
  terms?: readonly { readonly output: string; readonly weight: number }[]
  /** Inputs that are drawn anew for each step, and are 1 when nothing is learned: dropout. */
  masks?: readonly Mask[]
  loss: Loss
  optimiser: Optimiser
  /** One group of everything unless said. */
  groups?: readonly Group[]
  /** Longest gradient, of all weights together, that is let through; none is cut unless said. */
  clip?: number
  /** Examples of one run of the graph. A batch of more is cut into micro-batches, and updates once. */
  batch: number
  /**
   * Whether a batch that fits is one graph with its update, which is fastest; true unless said. Where batches are
   * longer as a rule, `false` spares the memory of a second session for the last, short one.
   */
  fused?: boolean
  /**
   * What the backward pass computes again instead of keeping it, for less memory: 'gelu' unless said, which costs next
   * to nothing; with the other two a ViT takes about 5 % longer and a sixth less. Gradients are the same to the bit.
   */
  recompute?: readonly Recomputed[]
  threads: number
  /** Where its graphs are computed; 'cpu' unless said. Bits are equal on one device, and not between two. */
  device?: Device
  seed: string | number
  /** What `grow` does with the optimiser's memory of weights that were there before: 'kept' unless said. */
  optimiserState?: 'kept' | 'reset'
  /** Told of the operations of each pass, evaluation included, when it is done; see `Operations`. */
  count?: (operations: number) => void
}

/** Rows of each input of the network, one after another: `{ pixels }`. */
export type Inputs = Readonly<Record<string, TypedArray>>

export interface Batch {
  readonly inputs: Inputs
  /** What the loss is fed, by its names: `{ targets }` for a cross-entropy. */
  readonly targets: Readonly<Record<string, Float32Array>>
}

export interface StepOptions {
  /** Instead of the optimiser's, from a schedule for one; each group has it times its factor. */
  rate?: number
  /** Instead of what groups are made with, by their names: what each takes that rate times in this step. */
  factors?: Readonly<Record<string, number>>
  /** Groups that stay as they are in this step. Their gradients are not computed. */
  frozen?: readonly string[]
  /**
   * Columns of the head, from 0, that move in this step; all unless said. The others keep their bits, and what the
   * optimiser knows of them; they are no older for it, and no part of a gradient that is cut.
   */
  columns?: readonly number[]
  /** Is the gradient to be told too? The batch then takes the way of one that is cut, to the same update. */
  withGradients?: boolean
}

export interface GradientOptions {
  /**
   * 'training' unless said: what a step would follow. 'evaluation': that of the network as it is evaluated, normalised
   * by its running statistics and with nothing dropped.
   */
  mode?: 'training' | 'evaluation'
}

export interface StepResult {
  /** Of the batch, before the update, without the penalty. */
  readonly loss: number
  /** Of the pull towards the anchor, if there is one. */
  readonly penalty?: number
  /** Length of the gradient before it was cut, with `clip`. */
  readonly norm?: number
  /** [rows × classes] of the forward pass before the update. */
  readonly scores: Float32Array
  /** [weights], of the mean loss without the penalty, before it was cut; if the step was asked for it. */
  readonly gradients?: Float32Array
}

/** A pull of the weights: strength · Σ importance · (w − at)², without a factor of ½. EWC, or L2-SP. */
export interface Anchor {
  readonly strength: number
  /** [weights], Fisher information for one; 1 everywhere unless said. Weights that come later are not pulled. */
  readonly importance?: Float32Array
  /** [weights]; where they are now unless said. */
  readonly at?: Float32Array
}

/** Plain data that goes to a checkpoint and comes back. */
export type LearnerState = {
  readonly classes: number
  readonly weights: Float32Array
  /** One flat vector for each thing that the optimiser keeps. */
  readonly kept: readonly Float32Array[]
  /** Steps of each group, and of each class's column. */
  readonly steps: Uint32Array
  readonly ages: Uint32Array
  readonly statistics: { readonly [name: string]: Float32Array }
  readonly anchor: {
    readonly strength: number
    readonly importance: Float32Array
    readonly at: Float32Array
  } | null
  readonly chances: readonly { readonly state: Uint32Array; readonly spare: number | null }[]
}

/** A learner at one moment, to evaluate with later, whatever it has become: plain data that a checkpoint can carry. */
export type Snapshot = Pick<LearnerState, 'classes' | 'weights' | 'statistics'>

/**
 * What a pass asks of the network at its present number of classes, one multiply-add being 2: a step of n examples is
 * n · gradients + update, an evaluation n · forward. How a batch is cut changes nothing.
 */
export interface Operations {
  /** Of one example: its features and scores. */
  readonly forward: number
  /** Of one example: forward, loss and backward. */
  readonly gradients: number
  /** Of one update, with what a pass does to the weights alone; no matter how many examples. */
  readonly update: number
}

/** A network that learns. Calls wait for each other, in the order in which they were made. */
export interface Learner {
  readonly classes: number
  readonly threads: number
  /** Trained weights, in the order of every flat vector here. */
  readonly entries: readonly Entry[]
  /** One update on the mean loss of these examples. */
  step(batch: Batch, options?: StepOptions): Promise<StepResult>
  /** The gradient [weights] of the mean loss, without penalty, decay or clipping; nothing is updated. */
  gradients(batch: Batch, options?: GradientOptions): Promise<{ loss: number; gradients: Float32Array }>
  /** Σ over the examples of their squared gradients [weights], each example by itself, as in evaluation. */
  squaredGradients(batch: Batch): Promise<Float32Array>
  /** One update by a gradient from anywhere: penalty, clipping and the optimiser act on it. */
  apply(gradients: Float32Array, options?: StepOptions): Promise<void>
  /** [rows × dimension]; by earlier weights with a snapshot. */
  features(inputs: Inputs, snapshot?: Snapshot): Promise<Float32Array>
  /** [rows × classes]; by earlier weights with a snapshot, for the classes that there were then. */
  scores(inputs: Inputs, snapshot?: Snapshot): Promise<Float32Array>
  snapshot(): Snapshot
  /** Of pictures shown by `front` (the first one unless said), with these groups frozen (none unless said). */
  operations(of?: { front?: string; frozen?: readonly string[] }): Promise<Operations>
  /** Columns for so many new classes; those of known classes stay as they are. */
  grow(added: number): void
  /** The optimiser begins anew: its memory is zero, its count of steps too. */
  resetOptimiser(): void
  setLoss(loss: Loss): void
  /** `null` lets go. */
  setAnchor(anchor: Anchor | null): void
  /** A copy of it, of the present number of classes: classes that came later have no importance. */
  anchor(): Required<Anchor> | null
  /** A flat vector of when there were fewer classes, laid out as weights are now; 0 for what is new. */
  widened(flat: Float32Array): Float32Array
  /** A copy of all weights, flat. */
  weights(): Float32Array
  setWeights(values: Float32Array): void
  /**
   * A copy of the head, its weights one after another: weight [dimension × classes] and bias [classes], or weight and
   * scale [1] of a cosine head. In the order of `entries`.
   */
  head(): Float32Array
  /** Puts a head back; of the present number of classes. */
  setHead(values: Float32Array): void
  /** A model file of the network as it is now, with its head: outputs are the features and `scores`. */
  export(): Uint8Array
  save(): LearnerState
  load(state: unknown): void
  /** Gives the memory of its sessions back. It can go on: they are made anew. */
  release(): Promise<void>
}
