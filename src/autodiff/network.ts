import type { NodeSpec, Numbers } from '../onnx/index.ts'
import type { ElementType } from '../tensor/index.ts'

/** A tensor of a graph whose every dimension is a number. */
export interface Ref {
  readonly name: string
  readonly type: ElementType
  readonly dims: readonly number[]
}

/**
 * A forward graph ready for differentiation: one opset (20), the batch a number, every shape known, no dead node.
 * Plain data; nothing of it is changed in place.
 */
export interface Network {
  /** What to call it in an error. */
  readonly label: string
  /** What a caller feeds: pictures, and each weight that was freed to be trained. */
  readonly inputs: readonly Ref[]
  readonly outputs: readonly string[]
  /** In an order in which they can run. */
  readonly nodes: readonly NodeSpec[]
  /** Frozen weights and tables. */
  readonly constants: ReadonlyMap<string, Numbers>
  /** Of every tensor by name: inputs, constants and what the nodes make. */
  readonly shapes: ReadonlyMap<string, Ref>
  /** Groups of nodes with a gradient of their own, better than the product of their nodes'. */
  readonly virtual?: readonly VirtualNode[]
  /** What each BatchNormalization in training mode measured of its batch, in forward order. */
  readonly statistics?: readonly BatchStatistics[]
}

/**
 * Names of the tensors around one BatchNormalization in training mode, each [channels]. The host keeps the running
 * ones: running = momentum · running + (1 − momentum) · batch, the variance times count / (count − 1) first.
 */
export interface BatchStatistics {
  readonly mean: string
  /** Biased: divided by `count`. */
  readonly variance: string
  /** What it reads instead when the network is frozen. */
  readonly runningMean: string
  readonly runningVariance: string
  readonly momentum: number
  /** Values a channel: N·H·W. */
  readonly count: number
}

/** One node that stands for several in the eyes of the gradient rules; it never runs. */
export interface VirtualNode {
  /** Of the domain 'streambed'; it may read tensors that the group makes. */
  readonly node: NodeSpec
  /** The nodes that it stands for, as they are in the network. */
  readonly covers: readonly NodeSpec[]
}
