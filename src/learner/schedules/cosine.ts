import { halfWave, type Place, type Rates, type Schedule } from './schedule.ts'

export interface CosineOptions extends Rates {
  /** Steps of the climb, W; 0 unless said. */
  warmUp?: number
}

/**
 * One cosine over the whole stream of `total` steps, after a linear climb; the last step gets the floor exactly.
 *
 *   n < W   peak · (n + 1) / W        else   floor + ½ (1 + cos(π (n − W + 1) / (S − W))) (peak − floor)
 */
export function cosine({ total, ...options }: CosineOptions & { total: number }): Schedule {
  return {
    name: 'cosine',
    needsHorizon: true,
    rate: ({ overall }) => cosineRate(overall, total, options),
  }
}

/**
 * The same over the steps of each task: the rate climbs again and falls again whenever a task begins.
 * @source Ibrahim et al., "Simple and Scalable Strategies to Continually Pre-train Large Language Models", 2024.
 */
export function repeatedCosine(options: CosineOptions): Schedule {
  return {
    name: 'repeated-cosine',
    needsHorizon: true,
    rate: ({ step, steps }) => cosineRate(step, steps, options),
  }
}

/**
 * Over the tasks the peaks themselves follow a cosine: a task's peak is where one cosine over all steps so far would
 * be by now. With e = t (S − W) + 1 and E = (t + 1)(S − W): peakₜ = floor + ½ (1 + cos(π e / E)) (peak − floor).
 * @source Roth et al., "A Practitioner’s Guide to Continual Multimodal Pretraining" (FoMo-in-Flux), 2024.
 */
export function autoregressiveCosine(options: CosineOptions): Schedule {
  return {
    name: 'autoregressive-cosine',
    needsHorizon: true,
    rate: (place) => cosineRate(place.step, place.steps, { ...options, peak: taskPeak(place, options) }),
  }
}

/**
 * From the peak at step 0 towards the floor, which it would meet at step S: PyTorch's CosineAnnealingLR with T_max =
 * S, usually asked in epochs. Published methods that say "cosine annealing" mean this one.
 */
export function cosineAnnealing({ peak, floor = 0 }: Rates): Schedule {
  return {
    name: 'cosine-annealing',
    needsHorizon: true,
    rate: ({ step, steps }) => halfWave(peak, floor, step / steps),
  }
}

/**
 * A quarter of a wave, from the peak at step 0 to a hundredth of it short of its end at the last step:
 * peak · cos(0.99 · π/2 · n / (S − 1)). What CODA-Prompt's authors call cosine, asked in epochs.
 * @source Smith et al., "CODA-Prompt", CVPR 2023. arXiv:2211.13218
 */
export function quarterCosine({ peak }: { peak: number }): Schedule {
  return {
    name: 'quarter-cosine',
    needsHorizon: true,
    rate: ({ step, steps }) => peak * Math.cos((0.99 * (Math.PI / 2) * step) / Math.max(1, steps - 1)),
  }
}

function cosineRate(n: number, S: number, { peak, floor = 0, warmUp: W = 0 }: CosineOptions): number {
  return n < W ? (peak * (n + 1)) / W : halfWave(peak, floor, (n - W + 1) / (S - W))
}

function taskPeak({ task, steps }: Place, { peak, floor = 0, warmUp = 0 }: CosineOptions): number {
  const falling = steps - warmUp
  return task === 0 ? peak : halfWave(peak, floor, (task * falling + 1) / ((task + 1) * falling))
}
