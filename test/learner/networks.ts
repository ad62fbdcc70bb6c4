import { type LearnerOptions, oneHot } from '../../src/learner/index.ts'
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
export function batchOf(rows: number, classes: number, n = 0) {
  const labels = Array.from({ length: rows }, (_, i) => (i * i + n) % classes)
  return {
    inputs: { x: wave(rows * 6, 1000 + 37 * n) },
    targets: { targets: oneHot(labels, classes) },
  }
}

export type Given = Omit<LearnerOptions, 'model' | 'batch' | 'threads' | 'seed' | 'trainable' | 'head'>
