import { bytesOf, type MeasuredPart } from './state.ts'

/** Watches a validation loss: when to lower the rate, and when to stop. */
export interface Plateau extends MeasuredPart {
  /** What the learning rate is to be multiplied by now. */
  readonly rate: number
  /** One batch of the pass that is going on: its mean loss over n examples. */
  add(loss: number, n: number): void
  /** Ends the pass. `better`: the lowest loss so far. `lowered`: the rate falls from here on. `flat`: stop. */
  endPass(): { better: boolean; lowered: boolean; flat: boolean }
}

/**
 * A pass is better when its mean loss is below the best so far by more than the share `tolerance` of it.
 * After `patience` passes in a row that are not, the rate is multiplied by `factor`; the time after `decays`
 * such falls it is flat instead. A pass without examples, or whose loss is
 * not finite, is not better.
 */
export function plateau(options: {
  patience: number
  decays: number
  factor: number
  tolerance: number
}): Plateau {
  let state = { sum: 0, n: 0, best: null as number | null, stale: 0, decayed: 0 }
  return {
    get rate() {
      return options.factor ** state.decayed
    },
    add(loss, n) {
      state.sum += loss * n
      state.n += n
    },
    endPass() {
      const mean = state.sum / state.n
      state.sum = 0
      state.n = 0
      const { best } = state
      const aim = best === null ? Infinity : best - options.tolerance * Math.abs(best)
      if (Number.isFinite(mean) && mean < aim) {
        state.best = mean
        state.stale = 0
        return { better: true, lowered: false, flat: false }
      }
      state.stale++
      if (state.stale < options.patience) return { better: false, lowered: false, flat: false }
      if (state.decayed === options.decays) return { better: false, lowered: false, flat: true }
      state.stale = 0
      state.decayed++
      return { better: false, lowered: true, flat: false }
    },
    save: () => ({ ...state }),
    load(saved) {
      state = { ...(saved as typeof state) }
    },
    bytes: () => bytesOf({ ...state }),
  }
}
