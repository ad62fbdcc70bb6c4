import type { NodeSpec } from '../onnx/index.ts'
import { attributeOf } from './differentiate.ts'
import { alongAxis } from './gathered-back.ts'
import { inPlaceOf, type Lowering } from './lowering.ts'
import type { Network } from './network.ts'
import type { Pen } from './pen.ts'
import { resizedAxes } from './resize-axes.ts'

/**
 * A cubic Resize as one product with a constant matrix an axis: how a network resamples its position embedding.
 *
 * Once the embedding is fed, the runtime (1.30, from level `basic`) refuses to run the node: cubic over the two last
 * axes only. It seems to move the transposes around the node through it; that is a guess from the message.
 *
 * @returns nothing for another mode, or sizes that are computed
 */
export function spelledResize(node: NodeSpec, network: Network, pen: Pen): Lowering | undefined {
  if (attributeOf(node, 'mode') !== 'cubic') return undefined
  const inputs = node.inputs.map((name) => (name === '' ? undefined : network.shapes.get(name)!))
  const axes = resizedAxes(
    {
      inputs,
      constant: (input) => (input === undefined ? undefined : network.constants.get(input.name)),
      attribute: (name, otherwise) => attributeOf(node, name) ?? otherwise,
    },
    network.shapes.get(node.outputs[0])!,
  )
  if (typeof axes === 'string' || axes.length === 0) return undefined
  const { emit } = pen
  return {
    nodes: inPlaceOf(node, pen, () =>
      axes.reduce((x, { axis, from, to, matrix }) => {
        const table = emit.constant({ type: 'float32', dims: [to, from], data: matrix })
        return alongAxis(emit, table, x, axis)
      }, inputs[0]!),
    ),
  }
}
