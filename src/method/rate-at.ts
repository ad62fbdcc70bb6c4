import { StreambedError } from '../error.ts'
import {
  autoregressiveCosine,
  constant,
  cosine,
  cosineAnnealing,
  infinite,
  quarterCosine,
  repeatedCosine,
  rsqrt,
  type Schedule,
  step as stepped,
  warmedUp,
  wsd,
} from '../learner/index.ts'
import type { StagePlace } from './method.ts'
import { oneOf } from './one-of.ts'

/**
 * How a learning rate goes. By `schedule`, all counted in steps of a task unless said:
 *
 * - `constant`, and by epochs `step` (drops), `cosine-annealing` and `quarter-cosine`: with `warmUp`, climbing to it first.
 * - `repeated-cosine`: re-warm and re-decay, a climb and a cosine in every task.
 * - `autoregressive-cosine`: the same, its peaks on a cosine of their own.
 * - `cosine`: one climb and one cosine over the whole stream, which is `horizon` steps long.
 * - `rsqrt`: a climb, then with the inverse square root, and to 0 over the last `coolDown` steps.
 * - `wsd`: warm-up, stable, decay, counted over the whole stream.
 * - `infinite`, over the whole stream: a climb, a fall to the plateau within `coolDown` steps by half a cosine, and the
 *   plateau for ever; `infinite-inverse-sqrt` falls as an inverse square root.
 *
 * All cosines must know how long a task or the stream goes on; the others need not (`rsqrt` with a `coolDown` must).
 */
export const scheduling = {
  schedule: 'constant',
  /** Epochs, from 0, before which `step` takes the rate to a tenth: `18` or `60,120`. */
  drops: '',
  /** Steps of the climb to the rate. */
  warmUp: 0,
  /** The rate at which a fall ends, as a share of the rate. */
  floor: 0,
  /** Steps of the last fall of `rsqrt`, and of the fall to the plateau of `infinite`. */
  coolDown: 0,
  /** Where `infinite` stays, as a share of the rate. */
  plateau: 0.5,
  /** The step of the stream at which `wsd` and `infinite` begin to fall to the floor, and how many it takes; 0: never. */
  annealAt: 0,
  annealFor: 0,
  /** Steps of the whole stream, which `cosine` must be told. */
  horizon: 0,
}

export type Scheduling = typeof scheduling

/**
 * The learning rate of the step at this place. What is left out of the options is as in `scheduling`.
 * @throws option-not-known for a schedule of another name; schedule-incomplete
 */
export function rateAt(
  options: Readonly<Partial<Scheduling>> & { readonly learningRate: number },
  place: StagePlace,
): number {
  const { learningRate: peak, schedule, ...given } = { ...scheduling, ...options }
  const { warmUp, coolDown, annealAt, annealFor, horizon: total } = given
  const [floor, plateau] = [given.floor * peak, given.plateau * peak]
  const needs = (isGiven: boolean, mend: string) => {
    if (!isGiven) throw incomplete(schedule, mend)
  }
  const byEpoch = (inner: Schedule): Schedule => ({
    ...inner,
    rate: (at) => inner.rate({ ...at, step: place.epoch, steps: place.epochs }),
  })
  const anneal = annealFor > 0 ? { anneal: { at: annealAt, steps: annealFor } } : {}
  const annealing = () =>
    needs(annealFor === 0 || floor > 0, 'Set floor above 0: annealing is a fall by equal ratios.')
  const endless = (coolDownBy: 'cosine' | 'inverse-sqrt') => {
    annealing()
    const cooledAt = warmUp + coolDown
    return infinite({ peak, plateau, floor, warmUp, cooledAt, coolDown: coolDownBy, ...anneal })
  }
  const make: () => Schedule = oneOf('schedule', schedule, {
    constant: () => warmedUp(constant({ peak }), warmUp),
    step: () => {
      const drops = given.drops.split(',').filter(Boolean).map(Number)
      return warmedUp(byEpoch(stepped({ peak, drops })), warmUp)
    },
    'cosine-annealing': () => warmedUp(byEpoch(cosineAnnealing({ peak, floor })), warmUp),
    'quarter-cosine': () => warmedUp(byEpoch(quarterCosine({ peak })), warmUp),
    'repeated-cosine': () => repeatedCosine({ peak, floor, warmUp }),
    'autoregressive-cosine': () => autoregressiveCosine({ peak, floor, warmUp }),
    cosine: () => {
      needs(total > warmUp, 'Set horizon to the steps of the whole stream, more than warmUp.')
      return cosine({ peak, floor, warmUp, total })
    },
    rsqrt: () => {
      needs(warmUp >= 1, 'Set warmUp to 1 or more: the fall begins with its square root.')
      return rsqrt({ peak, floor, warmUp, coolDown })
    },
    wsd: () => {
      annealing()
      return wsd({ peak, floor, warmUp, ...anneal })
    },
    infinite: () => endless('cosine'),
    'infinite-inverse-sqrt': () => endless('inverse-sqrt'),
  })
  return make().rate(place)
}

function incomplete(schedule: string, mend: string): StreambedError {
  return new StreambedError('schedule-incomplete', {
    what: `The schedule ${schedule} is not told all that it needs.`,
    where: 'schedule',
    mend,
  })
}
