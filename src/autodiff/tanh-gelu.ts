import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'

const k = Math.sqrt(2 / Math.PI)
const cubic = 0.044715

/**
 * The slope of Y = X·½(1 + tanh u), u = k(X + 0.044715·X³), k = √(2/π).
 * With p = ½(1 + tanh u) = sigmoid 2u, which spares the halves: p + Y·(1 − p)·(2u)′, (2u)′ = 2k(1 + 3·0.044715·X²).
 * @source Hendrycks and Gimpel, "GELUs", 2016, section 2. arXiv:1606.08415
 */
export function tanhGeluSlope(emit: Emit, X: Ref, Y: Ref): Ref {
  const square = emit.Mul(X, X)
  /** 2k·(1 + times·0.044715·X²). */
  const polynomial = (times: number) =>
    emit.Add(emit.Mul(square, emit.scalar(2 * k * cubic * times)), emit.scalar(2 * k))
  const [p] = emit.call('Sigmoid', [emit.Mul(X, polynomial(1))], [X])
  const rest = emit.Mul(Y, emit.Sub(emit.scalar(1), p))
  return emit.Add(p, emit.Mul(rest, polynomial(3)))
}
