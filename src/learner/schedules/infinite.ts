import { halfWave, type Schedule } from './schedule.ts'

export interface InfiniteOptions {
  peak: number
  /** The rate it stays at for as long as the stream goes on. */
  plateau: number
  floor: number
  /** Steps of the climb from 0. */
  warmUp: number
  /** The step at which the plateau is reached. */
  cooledAt: number
  /** How it falls from the peak to the plateau: 'cosine' unless said. */
  coolDown?: 'cosine' | 'inverse-sqrt'
  /** The step at which annealing for a release begins, and how many steps it takes to meet the floor; never unless said. */
  anneal?: { at: number; steps: number }
}

/**
 * A schedule without an end: counted over the whole stream and never reset, so that it needs no horizon.
 *
 *   n < N_w   peak · n / N_w
 *   n < N_c   from peak to plateau by half a cosine; or peak + (plateau − peak) h(x) / h(1) with
 *             h(x) = 1/√(1 + 10 x) − 1 and x = (n − N_w) / (N_c − N_w)
 *   n < N_d   plateau
 *   else      plateau · (floor / plateau)^((n − N_d) / L)
 *
 * Anneal a *copy*: training of the next task goes on from the weights at N_d. The papers' exponent is read here with L
 * the number of annealing steps (a public re-implementation divides by t_a + N_d instead).
 * @source Singh et al., "Beyond Cosine Decay", 2025; Ibrahim et al., 2024.
 */
export function infinite(options: InfiniteOptions): Schedule {
  return { name: 'infinite', needsHorizon: false, rate: ({ overall }) => rateAt(overall, options) }
}

/** Warm-up, stable, decay: `infinite` without a cool-down, the plateau being the peak. */
export function wsd(options: Pick<InfiniteOptions, 'peak' | 'floor' | 'warmUp' | 'anneal'>): Schedule {
  const { peak, warmUp } = options
  return { ...infinite({ ...options, plateau: peak, cooledAt: warmUp }), name: 'wsd' }
}

function rateAt(n: number, options: InfiniteOptions): number {
  const { peak, plateau, floor, warmUp, cooledAt, coolDown = 'cosine', anneal } = options
  if (n < warmUp) return (peak * n) / warmUp
  if (n < cooledAt) {
    const progress = (n - warmUp) / (cooledAt - warmUp)
    return coolDown === 'cosine'
      ? halfWave(peak, plateau, progress)
      : peak + ((plateau - peak) * rootFall(progress)) / rootFall(1)
  }
  if (anneal === undefined || n < anneal.at) return plateau
  return plateau * (floor / plateau) ** ((n - anneal.at) / anneal.steps)
}

function rootFall(x: number): number {
  return 1 / Math.sqrt(1 + 10 * x) - 1
}
