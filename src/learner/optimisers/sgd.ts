import { decayed, type Optimiser } from './optimiser.ts'

/**
 * Stochastic gradient descent as PyTorch has it: g ← g + λ w,  v ← m v + g,  w ← w − η v, or with Nesterov
 * w ← w − η (g + m v). Without momentum nothing is kept. No dampening.
 */
export function sgd({ rate, momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions): Optimiser {
  if (nesterov && momentum === 0) throw new RangeError('sgd: Nesterov needs a momentum above 0')
  return {
    name: 'sgd',
    rate,
    weightDecay,
    keeps: momentum === 0 ? [] : ['velocity'],
    numbers: ['rate'],
    numbersAt: ({ rate }) => [rate],
    write(emit, terms) {
      const g = decayed(emit, terms)
      if (momentum === 0) return { weight: moved(g), kept: [] }
      const m = emit.scalar(momentum)
      const velocity = emit.Add(emit.Mul(terms.kept[0], m), g)
      return {
        weight: moved(nesterov ? emit.Add(g, emit.Mul(velocity, m)) : velocity),
        kept: [velocity],
      }

      function moved(direction: typeof g) {
        return emit.Sub(terms.weight, emit.Mul(direction, terms.numbers[0]))
      }
    },
  }
}

export interface SgdOptions {
  rate: number
  /** 0 unless said. */
  momentum?: number
  nesterov?: boolean
  /** λ of g + λ w; 0 unless said. */
  weightDecay?: number
}
