import type { Schedule } from './schedule.ts'

/**
 * Falls to `factor` of itself at each of the places in `drops` (steps, or epochs if it is asked in epochs), in every
 * task anew: PyTorch's MultiStepLR.
 */
export function step({ peak, drops, factor = 0.1 }: StepOptions): Schedule {
  return {
    name: 'step',
    needsHorizon: false,
    rate: ({ step }) => peak * factor ** drops.filter((drop) => step >= drop).length,
  }
}

export interface StepOptions {
  peak: number
  drops: readonly number[]
  /** 0.1 unless said. */
  factor?: number
}
