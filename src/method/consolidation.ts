import type { Network } from './network.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** Pulls a network's weights towards where they were after earlier tasks, each by how much it mattered. */
export interface Consolidation extends MeasuredPart {
  /**
   * A task is over: its importance [weights], and the weights as they are, join the pull. Before new columns come: what
   * did not exist is not pulled.
   */
  add(importance: Float32Array): Promise<void>
  /** What the penalty that the network tells lacks: the same at all weights, and 0 but for `separate`. */
  readonly rest: number
}

export interface ConsolidationOptions {
  bookkeeping: 'separate' | 'online' | 'averaged'
  /** Times Σ F (w − w*)². */
  strength: number
  /** γ of `online`. */
  gamma: number
  count: Count
}

/**
 * Keeps importances F and anchors w*, by one of three books:
 *
 *   separate   a pair for each task:   Σ_k F_k (w − w*_k)²
 *   online     F ← γ F + F_new, one anchor, the latest
 *   averaged   F ← α F + (1 − α) F_new, α = old classes / all classes; new columns have F_new as it is; the latest anchor
 *
 * What a step follows is one quadratic in any case: with F = Σ F_k and its centre Σ F_k w*_k / F, the sum of `separate` is
 * F (w − centre)² and a `rest` that no weight changes. So a step costs the same after every task.
 *
 * Bytes  of the network's own anchor, 8 × weights; `separate` keeps 8 × weights more for each task.
 * @source Kirkpatrick et al., PNAS 2017, arXiv:1612.00796 (separate); Schwarz et al., "Progress & Compress", ICML 2018,
 *   arXiv:1805.06370 (online); Zhou et al., PyCIL, 2021, arXiv:2112.12533 (averaged)
 */
export function consolidation(
  network: Network,
  { bookkeeping, strength, gamma, count }: ConsolidationOptions,
): Consolidation {
  let past: readonly Pair[] = []
  let rest = 0
  /** Of the last anchor. */
  let then = { weights: 0, classes: 0 }
  const save = () => ({ past, rest, ...then })

  const separate = async (importance: Float32Array, at: Float32Array) => {
    past = [...past, { importance: importance.slice(), at }]
    const pairs: Pair[] = []
    for (const pair of past) {
      pairs.push({
        importance: await network.widened(pair.importance),
        at: await network.widened(pair.at),
      })
    }
    const merged = mergedOf(pairs, at)
    rest = strength * merged.rest
    count(8 * pairs.length * at.length)
    return merged
  }
  const updated = async (importance: Float32Array, at: Float32Array) => {
    const anchor = await network.anchor()
    if (anchor === null) return { importance, at }
    const { importance: old } = anchor
    count(3 * at.length)
    if (bookkeeping === 'online') return { importance: importance.map((f, i) => gamma * old[i] + f), at }
    const alpha = then.classes / network.labels.length
    const known = await network.widened(new Float32Array(then.weights).fill(1))
    return {
      importance: importance.map((f, i) => (known[i] === 0 ? f : alpha * old[i] + (1 - alpha) * f)),
      at,
    }
  }

  return {
    get rest() {
      return rest
    },
    async add(importance) {
      const at = await network.weights()
      const pull = await (bookkeeping === 'separate' ? separate : updated)(importance, at)
      await network.setAnchor({ strength, importance: pull.importance, at: pull.at })
      then = { weights: at.length, classes: network.labels.length }
    },
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      past = saved.past
      rest = saved.rest
      then = { weights: saved.weights, classes: saved.classes }
    },
    bytes: () => bytesOf(save()),
  }
}

/** An importance and an anchor, both [weights]. Neither is ever written to. */
type Pair = { readonly importance: Float32Array; readonly at: Float32Array }

/** Several quadratics as one; `now` is the centre where nothing matters. */
function mergedOf(pairs: readonly Pair[], now: Float32Array) {
  const importance = new Float32Array(now.length)
  const at = new Float32Array(now.length)
  let rest = 0
  for (let i = 0; i < now.length; i++) {
    let [sum, moment] = [0, 0]
    for (const pair of pairs) {
      sum += pair.importance[i]
      moment += pair.importance[i] * pair.at[i]
    }
    importance[i] = sum
    at[i] = sum === 0 ? now[i] : moment / sum
    for (const pair of pairs) rest += pair.importance[i] * (pair.at[i] - at[i]) ** 2
  }
  return { importance, at, rest }
}
