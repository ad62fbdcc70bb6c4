import { create } from '@bufbuild/protobuf'
import { either, StreambedError } from '../error.ts'
import { buildProto, type NodeSpec, type ValueSpec } from './build.ts'
import { OperatorSetIdProtoSchema } from './generated/onnx_pb.ts'
import { type Model, modelOf, withGraph } from './model.ts'
import { freshName, renamed, tensorNames } from './rename.ts'
import type { Numbers } from './values.ts'

/** A few nodes that make, from inputs of their own, the tensor that another network takes as its input. */
export interface Prefix {
  inputs: Readonly<Record<string, ValueSpec>>
  nodes: readonly NodeSpec[]
  constants?: Readonly<Record<string, Numbers>>
  /** Which of its tensors takes the place of the replaced input. */
  output: string
}

/**
 * The model with one of its inputs computed by `prefix` instead of fed: scaling and normalising pixels inside
 * the graph, for one. The prefix's inputs keep their names; its other tensors, and any tensor of the model that
 * bears the name of a prefix input, are renamed where they would collide. Its nodes are read in the model's opset.
 *
 * @throws onnx-no-such-input, listing the inputs there are.
 */
export function prefixed(model: Model, inputName: string, prefix: Prefix): Model {
  const inputs = model.graph.inputs.map(({ name }) => name)
  if (!inputs.includes(inputName)) {
    throw new StreambedError('onnx-no-such-input', {
      what: `The network has no input called "${inputName}".`,
      where: model.label,
      mend: `Its inputs are ${either(inputs)}.`,
    })
  }
  const taken = tensorNames(model.proto.graph!)
  const moved = new Map<string, string>()
  for (const name of Object.keys(prefix.inputs))
    if (taken.has(name)) moved.set(name, freshName(`${name}.inner`, taken))
  for (const name of Object.keys(prefix.inputs)) taken.add(name)
  const graph = renamed(model.proto.graph!, moved)
  const replaced = moved.get(inputName) ?? inputName

  const made = buildProto({ ...prefix, outputs: {}, opset: model.opset })
  const inner = new Map<string, string>([[prefix.output, replaced]])
  for (const name of tensorNames(made.graph!)) {
    if (name !== '' && !(name in prefix.inputs) && name !== prefix.output)
      inner.set(name, freshName(name, taken))
  }
  const before = renamed(made.graph!, inner)

  const joined = withGraph(model, {
    ...graph,
    input: [...before.input, ...graph.input.filter(({ name }) => name !== replaced)],
    node: [...before.node, ...graph.node],
    initializer: [...before.initializer, ...graph.initializer],
  })
  const missing = made.opsetImport.filter(({ domain }) => domain !== '' && !model.opsets.has(domain))
  if (missing.length === 0) return joined
  joined.proto.opsetImport = [
    ...joined.proto.opsetImport,
    ...missing.map(({ domain, version }) => create(OperatorSetIdProtoSchema, { domain, version })),
  ]
  return modelOf(joined.proto, model.label)
}
