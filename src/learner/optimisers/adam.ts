import type { Emit } from '../../autodiff/index.ts'
import { decayed, type Optimiser, type UpdateTerms } from './optimiser.ts'

export interface AdamOptions {
  rate: number
  /** Decay of the two moments; [0.9, 0.999] unless said. */
  betas?: readonly [number, number]
  /** 1e-8 unless said. */
  epsilon?: number
  /** 0 unless said; AdamW 0.01, as in PyTorch. */
  weightDecay?: number
}

/**
 * Adam as PyTorch has it, decay being a part of the gradient: m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,
 * w ← w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), t the steps that this weight has taken.
 * @source Kingma & Ba, ICLR 2015. arXiv:1412.6980
 */
export function adam(options: AdamOptions): Optimiser {
  const { rate, weightDecay = 0 } = options
  return {
    name: 'adam',
    rate,
    weightDecay,
    keeps: ['mean', 'square'],
    numbers: ['stride', 'correction'],
    numbersAt: (step) => corrections(options, step),
    write: (emit, terms) => moments(emit, options, { ...terms, gradient: decayed(emit, terms) }),
  }
}

/**
 * Adam whose decay acts on the weight itself: w ← w (1 − η λ) first, then Adam's step.
 * @source Loshchilov & Hutter, ICLR 2019. arXiv:1711.05101
 */
export function adamW(options: AdamOptions): Optimiser {
  const { rate, weightDecay = 0.01 } = options
  return {
    name: 'adamw',
    rate,
    weightDecay,
    keeps: ['mean', 'square'],
    numbers: ['stride', 'correction', 'shrinking'],
    numbersAt: (step) => [...corrections(options, step), 1 - step.rate * step.weightDecay],
    write: (emit, terms) =>
      moments(emit, options, { ...terms, weight: emit.Mul(terms.weight, terms.numbers[2]) }),
  }
}

function corrections(
  { betas = [0.9, 0.999] }: AdamOptions,
  { rate, count }: { rate: number; count: number },
) {
  return [rate / (1 - betas[0] ** count), 1 / Math.sqrt(1 - betas[1] ** count)]
}

function moments(emit: Emit, { betas = [0.9, 0.999], epsilon = 1e-8 }: AdamOptions, terms: UpdateTerms) {
  const { weight, gradient, kept, numbers } = terms
  const [stride, correction] = numbers
  const blended = (old: typeof weight, now: typeof weight, beta: number) =>
    emit.Add(emit.Mul(old, emit.scalar(beta)), emit.Mul(now, emit.scalar(1 - beta)))
  const mean = blended(kept[0], gradient, betas[0])
  const square = blended(kept[1], emit.Mul(gradient, gradient), betas[1])
  const spread = emit.Add(emit.Mul(emit.Sqrt(square), correction), emit.scalar(epsilon))
  return {
    weight: emit.Sub(weight, emit.Mul(emit.Div(mean, spread), stride)),
    kept: [mean, square],
  }
}
