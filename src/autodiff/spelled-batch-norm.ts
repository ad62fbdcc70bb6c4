import type { NodeSpec } from '../onnx/index.ts'
import { sizeOf } from '../tensor/index.ts'
import { inPlaceOf, type Lowering } from './lowering.ts'
import type { Network } from './network.ts'
import type { Pen } from './pen.ts'
import { renamed, withNames } from './step-parts.ts'
import { summedProduct } from './summed-product.ts'

/**
 * BatchNormalization in training mode, spelt out:
 *
 *   mean = Σx / M     c = x − mean     variance = Σc² / M     inv = 1 / √(variance + epsilon)     y = c · (inv · gamma) + beta
 *
 * x [N, C, …], sums over all axes but the second, M = N·H·W. A virtual node with x, gamma, beta, c and inv [1, C, 1 …]
 * stands for the whole in the eyes of the gradient rules.
 * @source Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithm 1.
 */
export function spelledBatchNorm(node: NodeSpec, network: Network, pen: Pen): Lowering {
  const { emit } = pen
  const [x, gamma, beta] = node.inputs.map((name) => network.shapes.get(name)!)
  const channels = x.dims[1]
  const flat = x.dims.map((_, axis) => (axis === 1 ? channels : 1))
  const count = sizeOf(x.dims) / channels
  const share = emit.scalar(1 / count)
  const epsilon = emit.scalar(Number(node.attributes?.epsilon ?? 1e-5))
  const inner = { centred: x, inverse: x, mean: x, variance: x }

  const written = inPlaceOf(node, pen, () => {
    const mean = emit.Mul(emit.unbroadcast(x, flat), share)
    const centred = emit.Sub(x, mean)
    const variance = emit.Mul(summedProduct(emit, centred, centred, flat), share)
    const inverse = emit.Reciprocal(emit.Sqrt(emit.Add(variance, epsilon)))
    inner.mean = emit.Reshape(mean, [channels])
    inner.variance = emit.Reshape(variance, [channels])
    inner.inverse = inverse
    inner.centred = centred
    const gain = emit.Mul(inverse, emit.Reshape(gamma, flat))
    return emit.Add(emit.Mul(centred, gain), emit.Reshape(beta, flat))
  })
  const mean = pen.fresh(`${node.outputs[0]}.mean`)
  const variance = pen.fresh(`${node.outputs[0]}.variance`)
  const names = new Map([
    [inner.mean.name, mean],
    [inner.variance.name, variance],
  ])
  const nodes = written.map((made) => renamed(made, names))
  withNames(pen.shapes, names)
  return {
    nodes,
    virtual: {
      node: {
        op: 'TrainingBatchNormalization',
        domain: 'streambed',
        name: node.name ?? '',
        inputs: [x.name, gamma.name, beta.name, inner.centred.name, inner.inverse.name],
        outputs: [node.outputs[0]],
      },
      covers: nodes,
    },
    statistics: {
      mean,
      variance,
      runningMean: node.inputs[3],
      runningVariance: node.inputs[4],
      momentum: Number(node.attributes?.momentum ?? 0.9),
      count,
    },
  }
}
