import { create } from '@bufbuild/protobuf'
import { StreambedError } from '../error.ts'
import { nodeProto, valueProto } from './build.ts'
import { candidates } from './candidates.ts'
import type { GraphProto, NodeProto, ValueInfoProto } from './generated/onnx_pb.ts'
import { ValueInfoProtoSchema } from './generated/onnx_pb.ts'
import { type Model, readBy, withGraph } from './model.ts'
import { freshName, renamed, tensorNames } from './rename.ts'

/** What is known of the tensors inside: the answer of the runtime's `shapesOf`. */
export type Shapes = ReadonlyMap<string, { type: string; dims: readonly number[] }>

/**
 * The model with these tensors as its only outputs, without the nodes, weights and inputs that nobody then reads
 * (the runtime would compute unread nodes all the same). A record gives outputs names of their own:
 * `withOutputs(model, { embedding: '/norm/Add_1_output_0' })`.
 *
 * @param shapes lets the error for a missing tensor list the candidates by rank.
 * @throws onnx-no-such-tensor, with the tensors nearest in name and those that could be an embedding (rank 2).
 */
export function withOutputs(
  model: Model,
  outputs: readonly string[] | Readonly<Record<string, string>>,
  shapes?: Shapes,
): Model {
  const wanted = Array.isArray(outputs)
    ? outputs.map((name) => [name, name] as const)
    : Object.entries(outputs as Readonly<Record<string, string>>)
  const original = model.proto.graph!
  const existing = tensorNames(original)
  for (const [, tensor] of wanted) {
    if (tensor === '' || !existing.has(tensor)) throw noSuchTensor(model, tensor, shapes)
  }
  const { graph, aliases } = named(original, wanted, existing)
  const declared = declarations(model, wanted, shapes)
  return withGraph(model, pruned({ ...graph, node: [...graph.node, ...aliases], output: declared }))
}

/** Outputs under a new name come of an Identity; an inner tensor that already bears that name makes room. */
function named(original: GraphProto, wanted: readonly (readonly [string, string])[], taken: Set<string>) {
  const moved = new Map<string, string>()
  for (const [name, tensor] of wanted) {
    if (name !== tensor && taken.has(name)) moved.set(name, freshName(`${name}.inner`, taken))
  }
  const aliases = wanted
    .filter(([name, tensor]) => name !== tensor)
    .map(([name, tensor]) =>
      nodeProto({ op: 'Identity', inputs: [moved.get(tensor) ?? tensor], outputs: [name] }),
    )
  return { graph: renamed(original, moved), aliases }
}

function declarations(
  model: Model,
  wanted: readonly (readonly [string, string])[],
  shapes?: Shapes,
): ValueInfoProto[] {
  const { output, valueInfo, input } = model.proto.graph!
  const known = new Map([...valueInfo, ...input, ...output].map((value) => [value.name, value]))
  return wanted.map(([name, tensor]) => {
    const told = known.get(tensor)
    if (told?.type !== undefined) return Object.assign(create(ValueInfoProtoSchema), told, { name })
    const shape = shapes?.get(tensor)
    // Only the type: the shape was asked for one batch size, and this declaration holds for all.
    return shape === undefined
      ? create(ValueInfoProtoSchema, { name })
      : valueProto(name, { type: shape.type as 'float32' })
  })
}

/** Keeps what the outputs need, walking the nodes last to first. */
function pruned<
  T extends Pick<GraphProto, 'node' | 'input' | 'output' | 'initializer' | 'sparseInitializer' | 'valueInfo'>,
>(graph: T): T {
  const needed = new Set(graph.output.map(({ name }) => name))
  const node: NodeProto[] = []
  for (const candidate of graph.node.toReversed()) {
    if (!candidate.output.some((name) => needed.has(name))) continue
    node.push(candidate)
    for (const name of readBy(candidate)) needed.add(name)
  }
  const made = new Set(node.flatMap(({ output }) => output))
  return {
    ...graph,
    node: node.reverse(),
    input: graph.input.filter(({ name }) => needed.has(name)),
    initializer: graph.initializer.filter(({ name }) => needed.has(name)),
    sparseInitializer: graph.sparseInitializer.filter(({ values }) => needed.has(values?.name ?? '')),
    valueInfo: graph.valueInfo.filter(({ name }) => made.has(name)),
  }
}

function noSuchTensor(model: Model, tensor: string, shapes?: Shapes): StreambedError {
  const { near, flat, ofNode } = candidates(model, tensor, shapes)
  const lines = [
    ...(ofNode.length > 0 ? [`"${tensor}" is a node; it makes ${ofNode.join(', ')}.`] : []),
    ...(near.length > 0 ? [`Nearest in name: ${near.join(', ')}.`] : []),
    ...(flat.length > 0 ? [`One vector an image (rank 2): ${flat.join(', ')}.`] : []),
  ]
  return new StreambedError('onnx-no-such-tensor', {
    what: `The network makes no tensor called "${tensor}".`,
    where: model.label,
    mend: lines.join(' ') || `Its outputs are ${model.graph.outputs.map(({ name }) => name).join(', ')}.`,
  })
}
