import { create } from '@bufbuild/protobuf'
import { type NodeSpec, nodeProto, type ValueSpec, valueProto } from './build.ts'
import { type NodeProto, NodeProtoSchema } from './generated/onnx_pb.ts'
import { type Model, type Node, readBy, withGraph } from './model.ts'
import { type Numbers, tensorProto } from './values.ts'

export interface Edit {
  /** All nodes from now on, in an order in which they can run: those of the model, as they were or reading and
   * making tensors of other names, and new ones. */
  nodes?: readonly (Node | NodeSpec)[]
  /** Weights and tables to add, or to put in the place of those of the same name (another shape is allowed). */
  constants?: Readonly<Record<string, Numbers>>
  /** Inputs to add, or to declare anew. */
  inputs?: Readonly<Record<string, ValueSpec>>
  /** Outputs to add. */
  outputs?: Readonly<Record<string, ValueSpec>>
}

/**
 * The model with other nodes, constants, inputs or outputs. Weights that are not replaced are shared; those that
 * nobody reads any more are left out, as are the exporter's remarks on the shapes of inner tensors.
 */
export function edited(model: Model, { nodes, constants = {}, inputs = {}, outputs = {} }: Edit): Model {
  const { node, initializer, input, output } = model.proto.graph!
  const made = nodes === undefined ? node : nodes.map(protoOf)
  const values = Object.entries(constants).map(([name, numbers]) => tensorProto(name, numbers))
  const read = new Set([...made.flatMap(readBy), ...output.map(({ name }) => name), ...Object.keys(outputs)])
  const join = <Item extends { name: string }>(old: readonly Item[], fresh: readonly Item[]) => {
    const replaced = new Map(fresh.map((item) => [item.name, item]))
    const known = new Set(old.map(({ name }) => name))
    return [
      ...old.map((item) => replaced.get(item.name) ?? item),
      ...fresh.filter(({ name }) => !known.has(name)),
    ]
  }
  const declared = (specs: Readonly<Record<string, ValueSpec>>) =>
    Object.entries(specs).map(([name, value]) => valueProto(name, value))
  return withGraph(model, {
    node: made,
    initializer: join(initializer, values).filter(({ name }) => read.has(name)),
    input: join(input, declared(inputs)),
    output: join(output, declared(outputs)),
    valueInfo: [],
  })
}

function protoOf(node: Node | NodeSpec): NodeProto {
  if (!('proto' in node)) return nodeProto(node)
  const { proto, inputs, outputs } = node
  if (proto.input === inputs && proto.output === outputs) return proto
  return Object.assign(create(NodeProtoSchema), proto, { input: [...inputs], output: [...outputs] })
}
