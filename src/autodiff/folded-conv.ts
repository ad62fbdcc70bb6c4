import type { NodeSpec } from '../onnx/index.ts'
import { sizeOf } from '../tensor/index.ts'
import { perChannel } from './channel-sums.ts'
import { inPlaceOf, type Lowering } from './lowering.ts'
import type { Network } from './network.ts'
import type { Pen } from './pen.ts'

/**
 * BatchNormalization after Conv, frozen, as one Conv:
 *
 *   s = gamma / √(variance + epsilon)     y = Conv(x, w · s) + beta − mean · s (+ bias · s)
 *
 * The gradient then works on weight-sized tensors: no pass over the activations, and none kept for it. Where the
 * kernel has more numbers than the map that it makes (512 × 512 × 3 × 3 for 32 maps of 512 × 3 × 3 in a ResNet), and is not
 * constant, the map is scaled and shifted instead: y = Conv(x, w) · s + beta − mean · s.
 *
 * @returns nothing where the Conv has other readers, or something else feeds the node: its own rule serves then
 */
export function foldedConv(node: NodeSpec, network: Network, pen: Pen): Lowering | undefined {
  const [x, ...parameters] = node.inputs
  const conv = network.nodes.find(({ outputs }) => outputs.includes(x))
  if (conv === undefined || conv.op !== 'Conv' || (conv.domain ?? '') !== '') return undefined
  const readers = network.nodes.filter(({ inputs }) => inputs.includes(x))
  if (readers.length !== 1 || network.outputs.includes(x)) return undefined

  const { emit } = pen
  const ref = (name: string) => network.shapes.get(name)!
  const [gamma, beta, mean, variance] = parameters.map(ref)
  const [input, weight, bias] = conv.inputs.map((name) => (name === '' ? undefined : ref(name)))
  const made = ref(node.outputs[0])
  const epsilon = Number(node.attributes?.epsilon ?? 1e-5)
  const scaleOf = () => emit.Mul(gamma, emit.Reciprocal(emit.Sqrt(emit.Add(variance, emit.scalar(epsilon)))))

  const isConstant = [weight!.name, ...parameters].every((name) => network.constants.has(name))
  if (!isConstant && sizeOf(weight!.dims) > sizeOf(made.dims)) {
    return {
      nodes: inPlaceOf(node, pen, () => {
        const scale = scaleOf()
        const shift = emit.Sub(beta, emit.Mul(mean, scale))
        return emit.Add(emit.Mul(ref(x), perChannel(emit, scale, made)), perChannel(emit, shift, made))
      }),
    }
  }
  const nodes = inPlaceOf(node, pen, () => {
    const scale = scaleOf()
    const kernel = emit.Mul(
      weight!,
      emit.Reshape(scale, [scale.dims[0], ...weight!.dims.slice(1).map(() => 1)]),
    )
    const centre = bias === undefined ? emit.Neg(mean) : emit.Sub(bias, mean)
    const shift = emit.Add(beta, emit.Mul(centre, scale))
    return emit.call('Conv', [input, kernel, shift], [{ dims: made.dims }], conv.attributes)[0]
  })
  return {
    nodes: nodes.map((each) => (each.op === 'Conv' && conv.name ? { ...each, name: conv.name } : each)),
  }
}
