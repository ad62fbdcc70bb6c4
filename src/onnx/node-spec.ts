import { StreambedError } from '../error.ts'
import { type AttributeValue, attributeProto, attributeValue } from './attributes.ts'
import type { NodeSpec } from './build.ts'
import { type AttributeProto, AttributeProto_AttributeType as Kind } from './generated/onnx_pb.ts'
import { called, type Node } from './model.ts'
import { numbersOf } from './values.ts'

/**
 * A node that was read, as it would be written down in code: `buildModel` makes the same node of it.
 *
 * @throws onnx-control-flow for a node with a graph inside, which cannot be written down.
 */
export function specOf(node: Node, label: string): NodeSpec {
  return {
    op: node.op,
    ...(node.domain === '' ? {} : { domain: node.domain }),
    ...(node.name === '' ? {} : { name: node.name }),
    inputs: node.inputs,
    outputs: node.outputs,
    ...(node.proto.attribute.length === 0
      ? {}
      : {
          attributes: Object.fromEntries(
            node.proto.attribute.map((attribute) => [attribute.name, attributeOf(attribute, node, label)]),
          ),
        }),
  }
}

function attributeOf(attribute: AttributeProto, node: Node, label: string): AttributeValue {
  if (attribute.t !== undefined) return numbersOf(attribute.t, label)
  const value = attributeValue(attribute)
  if (value === undefined) {
    throw new StreambedError('onnx-control-flow', {
      what: `${called(node)} carries a graph or a sparse table in its attribute ${attribute.name}.`,
      where: label,
      mend: 'Export the network again with fixed shapes and constants folded.',
    })
  }
  if (attributeProto(attribute.name, value).type === attribute.type) return value
  if (attribute.type === Kind.INT) return attribute.i
  if (typeof value === 'number') return { float: value }
  return { floats: value as readonly number[] }
}
