import { create } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  NodeProtoSchema,
  SparseTensorProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.ts'

/** The same graph with tensors under other names, in the bodies of If, Loop and Scan too. Weights are shared. */
export function renamed(graph: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  if (names.size === 0) return graph
  const called = (name: string) => names.get(name) ?? name
  const value = <T extends { name: string }>(schema: Parameters<typeof create>[0], message: T): T =>
    names.has(message.name) ? Object.assign(create(schema), message, { name: called(message.name) }) : message
  const attribute = (message: AttributeProto): AttributeProto =>
    message.g === undefined && message.graphs.length === 0
      ? message
      : Object.assign(create(AttributeProtoSchema), message, {
          ...(message.g === undefined ? {} : { g: renamed(message.g, names) }),
          graphs: message.graphs.map((body) => renamed(body, names)),
        })
  return Object.assign(create(GraphProtoSchema), graph, {
    input: graph.input.map((message) => value(ValueInfoProtoSchema, message)),
    output: graph.output.map((message) => value(ValueInfoProtoSchema, message)),
    valueInfo: graph.valueInfo.map((message) => value(ValueInfoProtoSchema, message)),
    initializer: graph.initializer.map((message) => value(TensorProtoSchema, message)),
    sparseInitializer: graph.sparseInitializer.map((message) =>
      Object.assign(create(SparseTensorProtoSchema), message, {
        values: message.values && value(TensorProtoSchema, message.values),
      }),
    ),
    node: graph.node.map((node) =>
      Object.assign(create(NodeProtoSchema), node, {
        input: node.input.map(called),
        output: node.output.map(called),
        attribute: node.attribute.map(attribute),
      }),
    ),
  })
}

/** Every tensor name of a graph, the bodies of its nodes left out. */
export function tensorNames(graph: GraphProto): Set<string> {
  return new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.sparseInitializer.map(({ values }) => values?.name ?? ''),
    ...graph.node.flatMap(({ output }) => output),
  ])
}

/** `wanted`, or `wanted.2`, `wanted.3` …: the first that is not taken; it is taken from then on. */
export function freshName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let n = 2; taken.has(name); n++) name = `${wanted}.${n}`
  taken.add(name)
  return name
}
