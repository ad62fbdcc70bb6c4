import type { NodeSpec, Numbers } from '../onnx/index.ts'
import type { ElementType } from '../tensor/index.ts'
import type { Ref } from './network.ts'

/**
 * A pen that writes nodes and knows the shape of what each makes. Every call adds one node and gives its output.
 *
 * Shapes are inferred here, so that a rule reads like its formula; `call` takes them from the caller for all other
 * operators. Constants that are equal are written once.
 */
export interface Emit {
  // with broadcasting
  Add(a: Ref, b: Ref): Ref
  Sub(a: Ref, b: Ref): Ref
  Mul(a: Ref, b: Ref): Ref
  Div(a: Ref, b: Ref): Ref
  Sum(...terms: readonly Ref[]): Ref
  Where(condition: Ref, a: Ref, b: Ref): Ref
  // one by one
  Neg(x: Ref): Ref
  Exp(x: Ref): Ref
  Log(x: Ref): Ref
  Sqrt(x: Ref): Ref
  Reciprocal(x: Ref): Ref
  Tanh(x: Ref): Ref
  Erf(x: Ref): Ref
  Sign(x: Ref): Ref
  Abs(x: Ref): Ref
  /** max(0, min(1, alpha · x + beta)). */
  HardSigmoid(x: Ref, alpha: number, beta: number): Ref
  // shapes
  Reshape(x: Ref, dims: readonly number[]): Ref
  Transpose(x: Ref, perm: readonly number[]): Ref
  Expand(x: Ref, dims: readonly number[]): Ref
  Concat(parts: readonly Ref[], axis: number): Ref
  Slice(x: Ref, axis: number, start: number, end: number): Ref
  Pad(x: Ref, before: readonly number[], after: readonly number[]): Ref
  Gather(x: Ref, indices: Ref, axis: number): Ref
  // sums
  ReduceSum(x: Ref, axes: readonly number[], keepDims: boolean): Ref
  /** Sums the broadcast axes away, so that the result has `dims`; the same ref where nothing was broadcast. */
  unbroadcast(x: Ref, dims: readonly number[]): Ref
  // products
  MatMul(a: Ref, b: Ref): Ref
  /** alpha · A'·B' of any rank, as the runtime's fused product. */
  FusedMatMul(a: Ref, b: Ref, flags: { transA?: boolean; transB?: boolean; alpha?: number }): Ref
  /** alpha · A'·B' (+ beta · C) of rank 2. */
  Gemm(
    a: Ref,
    b: Ref,
    flags?: { transA?: boolean; transB?: boolean; alpha?: number; c?: Ref; beta?: number },
  ): Ref
  Softmax(x: Ref, axis: number): Ref
  /** Any operator: the shapes of its outputs are the caller's to say. */
  call(
    op: string,
    inputs: readonly (Ref | undefined)[],
    made: readonly { type?: ElementType; dims: readonly number[] }[],
    attributes?: NodeSpec['attributes'],
    domain?: string,
  ): readonly Ref[]
  /** A table; equal ones are shared. */
  constant(numbers: Numbers): Ref
  /** A float32 number of rank 0. */
  scalar(value: number): Ref
  /** int64 numbers of rank 1. */
  ints(values: readonly number[]): Ref
  /** float32, all of one value. */
  filled(dims: readonly number[], value: number): Ref
}
