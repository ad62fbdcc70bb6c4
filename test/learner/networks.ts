import { oneHot } from '../../src/learner/index.ts'
import { buildModel, type Model, readModel } from '../../src/onnx/index.ts'
import { wave } from './numbers.ts'

const table = (dims: readonly number[], phase: number, size = 0.5) => ({
  type: 'float32' as const,
  dims,
  data: wave(
    dims.reduce((count, dim) => count * dim, 1),
    phase,
    size,
  ),
})

/** x [batch, 6] → features [batch, 5]: two layers, whose weights lie as PyTorch's do. */
export function perceptron(): Model {
  return readModel(
    buildModel({
      name: 'perceptron',
      inputs: { x: { type: 'float32', shape: ['batch', 6] } },
      outputs: { features: { type: 'float32', shape: ['batch', 5] } },
      nodes: [
        { op: 'Gemm', inputs: ['x', 'w1', 'b1'], outputs: ['h'], attributes: { transB: 1 } },
        { op: 'Tanh', inputs: ['h'], outputs: ['t'] },
        { op: 'Gemm', inputs: ['t', 'w2', 'b2'], outputs: ['u'], attributes: { transB: 1 } },
        { op: 'Tanh', inputs: ['u'], outputs: ['features'] },
      ],
      constants: { w1: table([8, 6], 1), b1: table([8], 60), w2: table([5, 8], 80), b2: table([5], 130) },
    }),
    'perceptron',
  )
}

/** The batch `n` of a stream of them: rows of waves, labels in turn. */
export function batchOf(rows: number, classes: number, n = 0, values = 6) {
  const labels = Array.from({ length: rows }, (_, i) => (i * i + n) % classes)
  return {
    inputs: { x: wave(rows * values, 1000 + 37 * n) },
    targets: { targets: oneHot(labels, classes) },
  }
}

/** x [batch, 3, 8, 8] → features [batch, 4]: a convolution, BatchNormalization, ReLU, and the mean of each map. */
export function convolutional(): Model {
  const gain = table([4], 150, 0.3)
  return readModel(
    buildModel({
      name: 'convolutional',
      inputs: { x: { type: 'float32', shape: ['batch', 3, 8, 8] } },
      outputs: { features: { type: 'float32', shape: ['batch', 4] } },
      nodes: [
        {
          op: 'Conv',
          inputs: ['x', 'kernel'],
          outputs: ['c'],
          attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
        },
        {
          op: 'BatchNormalization',
          inputs: ['c', 'gain', 'shift', 'mean', 'variance'],
          outputs: ['n'],
          attributes: { epsilon: 1e-5, momentum: 0.9 },
        },
        { op: 'Relu', inputs: ['n'], outputs: ['r'] },
        { op: 'GlobalAveragePool', inputs: ['r'], outputs: ['p'] },
        { op: 'Flatten', inputs: ['p'], outputs: ['features'] },
      ],
      constants: {
        kernel: table([4, 3, 3, 3], 1, 0.3),
        gain: { ...gain, data: gain.data.map((value) => value + 1) },
        shift: table([4], 160, 0.3),
        mean: { type: 'float32', dims: [4], data: new Float32Array(4) },
        variance: { type: 'float32', dims: [4], data: new Float32Array(4).fill(1) },
      },
    }),
    'convolutional',
  )
}
