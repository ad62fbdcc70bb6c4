import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** How much each weight has done for the loss along the way it went. All vectors are [weights]. */
export interface PathIntegral extends MeasuredPart {
  /** A task begins, with weights here. */
  begin(weights: Float32Array): void
  /** A step, by its gradient of the loss alone, from weights to weights. */
  follow(gradient: Float32Array, from: Float32Array, to: Float32Array): void
  /** It ends, with weights here: the importance that it gained them; the way is forgotten. */
  end(weights: Float32Array): Float32Array
}

/**
 * ω ← ω − g · (w_after − w_before) at each step, and at the end of a task ω / ((w − w_start)² + ξ).
 *
 * Where steps follow the gradient of the loss alone, ω is 0 or more; a momentum or a penalty can make it less, and it is
 * taken as it is.
 *
 * Bytes  8 × weights within a task.
 * Costs  3 operations a weight and step.
 * @source Zenke et al., "Continual Learning Through Synaptic Intelligence", ICML 2017, eq. 3–5. arXiv:1703.04200
 */
export function pathIntegral({ xi, count }: { xi: number; count: Count }): PathIntegral {
  let start = new Float32Array(0)
  let path = new Float32Array(0)
  const save = () => ({ start: start.slice(), path: path.slice() })
  return {
    begin(weights) {
      start = weights.slice() as Float32Array<ArrayBuffer>
      path = new Float32Array(weights.length)
    },
    follow(gradient, from, to) {
      for (let i = 0; i < path.length; i++) path[i] -= gradient[i] * (to[i] - from[i])
      count(3 * path.length)
    },
    end(weights) {
      const gained = path.map((done, i) => done / ((weights[i] - start[i]) ** 2 + xi))
      count(4 * path.length)
      start = new Float32Array(0)
      path = new Float32Array(0)
      return gained
    },
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      start = saved.start.slice()
      path = saved.path.slice()
    },
    bytes: () => bytesOf(save()),
  }
}
