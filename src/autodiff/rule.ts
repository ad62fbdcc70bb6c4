import type { NodeSpec, Numbers } from '../onnx/index.ts'
import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'

/** What a gradient rule is given: one node of the forward graph, and a pen to write the backward graph with. */
export interface RuleContext {
  readonly node: NodeSpec
  /** The node's inputs; `undefined` for one that is left out. */
  readonly inputs: readonly (Ref | undefined)[]
  readonly outputs: readonly (Ref | undefined)[]
  /** Gradient arriving at the first output. */
  readonly dY: Ref
  /** Gradients arriving at every output; `undefined` where none does. */
  readonly dOutputs: readonly (Ref | undefined)[]
  readonly emit: Emit
  /** The node that alone reads the first output; `undefined` where several do, or a seed arrives there as well. */
  readonly reader: Reader | undefined
  /** The value of an input that is a constant (axes, pads, a shape), or `undefined` if it is computed or fed. */
  constant(input: Ref | undefined): Numbers | undefined
  /** An attribute, or the operator's default for it. */
  attribute<Value>(name: string, otherwise: Value): Value
  /** Stops with a named error: `unsupported-gradient`, naming the node and what about it is not supported. */
  refuse(what: string): never
}

/** A node further on, which has been differentiated already. */
export interface Reader {
  readonly node: NodeSpec
  /** Its first output, and the gradient that arrived there. */
  readonly output: Ref
  readonly dOutput: Ref
}

/** One gradient an input, in their order; `undefined` where an input has none (indices, shapes). */
export type Gradients = readonly (Ref | undefined)[]

/**
 * The gradient of one operator. It returns every gradient it has: what nobody reads is pruned afterwards, once.
 */
export interface Rule {
  readonly op: string
  /** '' for the standard operators. */
  readonly domain: string
  readonly gradients: (context: RuleContext) => Gradients
}

/** Declares a rule: `defineRule('MatMul', ({ inputs: [A, B], dY, emit }) => [ … ])`. */
export function defineRule(op: string, gradients: Rule['gradients'], domain = ''): Rule {
  return { op, domain, gradients }
}
