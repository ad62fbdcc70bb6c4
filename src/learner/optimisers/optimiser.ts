import type { Emit, Ref } from '../../autodiff/index.ts'

/** How gradients move weights. It holds no numbers itself: what it keeps lies with the learner. */
export interface Optimiser {
  readonly name: string
  /** The rate of a step that says nothing else. */
  readonly rate: number
  /** Decay of groups that say nothing else. */
  readonly weightDecay: number
  /** What is kept of each weight between steps: tensors of its shape, zeros at first. */
  readonly keeps: readonly string[]
  /** Names of the numbers that change from step to step. */
  readonly numbers: readonly string[]
  /** Their values, in float64, for the step `count` (1 is a weight's first) at this rate. */
  numbersAt(step: { rate: number; count: number; weightDecay: number }): readonly number[]
  /** Writes one update. */
  write(emit: Emit, terms: UpdateTerms): { weight: Ref; kept: readonly Ref[] }
}

export interface UpdateTerms {
  readonly weight: Ref
  readonly gradient: Ref
  /** In the order of `keeps`. */
  readonly kept: readonly Ref[]
  /** In the order of `numbers`; rank 0, or of a shape that broadcasts over the weight. */
  readonly numbers: readonly Ref[]
  readonly weightDecay: number
}

/** g + λ w: decay as a part of the gradient. */
export function decayed(emit: Emit, { weight, gradient, weightDecay }: UpdateTerms): Ref {
  return weightDecay === 0 ? gradient : emit.Add(gradient, emit.Mul(weight, emit.scalar(weightDecay)))
}
