import { buildModel } from '../onnx/index.ts'

/**
 * One training step of a softmax head as an ONNX graph, its gradient derived by hand:
 *
 *   z = x Wᵀ + b     ℓ = −(1/n) Σ t · log softmax(z)     dz = (softmax(z) − t) / n
 *   g = dzᵀ x + λ W  v ← m v + g                          W ← W − η v          (b the same, without λ)
 *
 * x [n, d] and t [n, C] (one 1 a row), W v [C, d], b vb [C]; scalars: share = 1/n, rate η, momentum m, decay λ.
 */
export function linearHeadStep(dimension: number): Uint8Array {
  const float = (...shape: (number | string)[]) => ({ type: 'float32' as const, shape })
  const weight = float('C', dimension)
  return buildModel({
    name: 'linear-head-step',
    inputs: {
      x: float('n', dimension),
      t: float('n', 'C'),
      W: weight,
      b: float('C'),
      v: weight,
      vb: float('C'),
      share: float(),
      rate: float(),
      momentum: float(),
      decay: float(),
    },
    outputs: { 'W′': weight, 'b′': float('C'), 'v′': weight, 'vb′': float('C'), loss: float() },
    constants: {
      examples: { type: 'int64', dims: [1], data: [0] },
      everything: { type: 'int64', dims: [2], data: [0, 1] },
    },
    nodes: [
      { op: 'Gemm', inputs: ['x', 'W', 'b'], outputs: ['z'], attributes: { transB: 1 } },
      { op: 'LogSoftmax', inputs: ['z'], outputs: ['log p'], attributes: { axis: 1 } },
      { op: 'Mul', inputs: ['t', 'log p'], outputs: ['log p true'] },
      sum('log p true', 'everything', 'Σ log p'),
      { op: 'Mul', inputs: ['Σ log p', 'share'], outputs: ['−loss'] },
      { op: 'Neg', inputs: ['−loss'], outputs: ['loss'] },

      { op: 'Exp', inputs: ['log p'], outputs: ['p'] },
      { op: 'Sub', inputs: ['p', 't'], outputs: ['p − t'] },
      { op: 'Mul', inputs: ['p − t', 'share'], outputs: ['dz'] },
      { op: 'Gemm', inputs: ['dz', 'x'], outputs: ['dW'], attributes: { transA: 1 } },
      sum('dz', 'examples', 'db'),

      { op: 'Mul', inputs: ['W', 'decay'], outputs: ['λ W'] },
      { op: 'Add', inputs: ['dW', 'λ W'], outputs: ['g'] },
      ...moved('W', 'v', 'g'),
      ...moved('b', 'vb', 'db'),
    ],
  })
}

function sum(of: string, axes: string, into: string) {
  return { op: 'ReduceSum', inputs: [of, axes], outputs: [into], attributes: { keepdims: 0 } }
}

/** v′ = m v + g and w′ = w − η v′. */
function moved(weight: string, velocity: string, gradient: string) {
  return [
    { op: 'Mul', inputs: [velocity, 'momentum'], outputs: [`m ${velocity}`] },
    { op: 'Add', inputs: [`m ${velocity}`, gradient], outputs: [`${velocity}′`] },
    { op: 'Mul', inputs: [`${velocity}′`, 'rate'], outputs: [`η ${velocity}`] },
    { op: 'Sub', inputs: [weight, `η ${velocity}`], outputs: [`${weight}′`] },
  ]
}

/** Operations of one such step, by the conventions of the README: 2 a multiply-add, 5 an element of a softmax. */
export function linearHeadStepOperations(n: number, dimension: number, classes: number): number {
  const products = 2 * (2 * n * dimension * classes)
  const perScore = 1 + 5 + 4 + 1 // bias; softmax; t · log p and its sum, p − t, · share; sum of dz
  return products + perScore * n * classes + 6 * classes * dimension + 4 * classes
}
