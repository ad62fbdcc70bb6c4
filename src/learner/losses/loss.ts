import type { Emit, Ref } from '../../autodiff/index.ts'

/**
 * A loss as a piece of graph above the scores. All of it is written with ordinary operators, and differentiated like
 * the network below.
 */
export interface Loss {
  readonly name: string
  /**
   * What is fed with each batch besides the pictures: float32 arrays, by name, of this shape for `rows` examples and
   * `width` scores. The first dimension is the rows. A row of zeros everywhere counts for nothing.
   */
  fed(rows: number, width: number): Readonly<Record<string, readonly number[]>>
  /** Does the loss of one row depend on the others? Then a batch cannot be cut into micro-batches. */
  readonly couplesRows?: boolean
  /** Writes the loss, a float32 of rank 0. */
  write(emit: Emit, on: LossTerms): Ref
}

export interface LossTerms {
  /** [rows, width] */
  scores: Ref
  /** [rows, dimension]: what the head reads. */
  features: Ref
  /** By the names that `fed` gives. */
  fed: Readonly<Record<string, Ref>>
  /** 1 / examples of the whole batch, rank 0: what makes a sum over rows a mean, in micro-batches too. */
  share: Ref
}

/** Σ of everything, times `by`: rank 0. */
export function scaledSum(emit: Emit, x: Ref, by: Ref): Ref {
  const axes = x.dims.map((_, axis) => axis)
  return emit.Mul(emit.ReduceSum(x, axes, false), by)
}

export function logSoftmax(emit: Emit, x: Ref): Ref {
  return emit.call('LogSoftmax', [x], [{ dims: x.dims }], { axis: x.dims.length - 1 })[0]
}
