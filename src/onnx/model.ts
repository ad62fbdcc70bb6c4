import { create, toBinary } from '@bufbuild/protobuf'
import type { ElementType } from '../tensor/index.ts'
import { attributeValue } from './attributes.ts'
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './generated/onnx_pb.ts'
import { limits } from './limits.ts'
import { tooLarge } from './model-file.ts'
import { elementType } from './values.ts'

/**
 * A network as read from `.onnx` bytes: the protobuf message, and a plain view of its graph that is easier to
 * walk. Models are never changed in place; the functions that alter one return another that shares its weights.
 */
export interface Model {
  readonly proto: ModelProto
  /** What to call it in an error: its file, or a name. */
  readonly label: string
  readonly graph: Graph
  /** Version of the standard operators (domain ''). */
  readonly opset: number
  /** Version of every operator domain that is imported. */
  readonly opsets: ReadonlyMap<string, number>
  readonly irVersion: number
  /** Name and version of the program that wrote it; may be empty. */
  readonly producer: string
}

export interface Graph {
  readonly name: string
  /** What the caller feeds; never a weight, even where an old file lists those as inputs too. */
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly nodes: readonly Node[]
  readonly initializers: ReadonlyMap<string, TensorProto>
}

export interface Value {
  readonly name: string
  /** `undefined` where it is no tensor, or of an element type without an array here. */
  readonly type: ElementType | undefined
  /** A number, or the name of a dimension decided at each run ('' if unnamed); `undefined` if the rank is unknown. */
  readonly shape: readonly (number | string)[] | undefined
}

export interface Node {
  readonly name: string
  readonly op: string
  /** '' for the standard operators. */
  readonly domain: string
  /** Tensor names; '' stands for an input left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, ReturnType<typeof attributeValue>>>
  readonly proto: NodeProto
}

/** The plain view of a protobuf message. Nothing is checked: `readModel` does that. */
export function modelOf(proto: ModelProto, label: string): Model {
  const graph = proto.graph ?? create(GraphProtoSchema)
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]))
  const opsets = new Map<string, number>()
  for (const { domain, version } of proto.opsetImport) {
    opsets.set(domain === 'ai.onnx' ? '' : domain, Number(version))
  }
  return {
    proto,
    label,
    opset: opsets.get('') ?? 0,
    opsets,
    irVersion: Number(proto.irVersion),
    producer: [proto.producerName, proto.producerVersion].filter((part) => part !== '').join(' '),
    graph: {
      name: graph.name,
      inputs: graph.input.filter(({ name }) => !initializers.has(name)).map(valueFrom),
      outputs: graph.output.map(valueFrom),
      nodes: graph.node.map(nodeOf),
      initializers,
    },
  }
}

function valueFrom({ name, type }: ValueInfoProto): Value {
  if (type?.value.case !== 'tensorType') return { name, type: undefined, shape: undefined }
  const { elemType, shape } = type.value.value
  return {
    name,
    type: elementType(elemType),
    shape: shape?.dim.map(({ value }) => {
      if (value.case === 'dimValue') return value.value < 0n ? '' : Number(value.value) // −1 is open, as the runtime has it
      return value.value ?? ''
    }),
  }
}

function nodeOf(proto: NodeProto): Node {
  return {
    name: proto.name,
    op: proto.opType,
    domain: proto.domain === 'ai.onnx' ? '' : proto.domain,
    inputs: proto.input,
    outputs: proto.output,
    attributes: Object.fromEntries(
      proto.attribute.map((attribute) => [attribute.name, attributeValue(attribute)]),
    ),
    proto,
  }
}

/**
 * The bytes of a model: what `readModel` reads and the runtime runs.
 *
 * @throws onnx-too-large where its weights alone come to over 2 GiB
 */
export function writeModel(model: Model): Uint8Array {
  const bytes = model.proto.graph!.initializer.reduce((sum, { rawData }) => sum + rawData.length, 0)
  if (bytes > limits.mostBytes) throw tooLarge(bytes, model.label)
  return toBinary(ModelProtoSchema, model.proto)
}

/** The same model around another graph; whatever is not named in `changes` is kept and shared. */
export function withGraph(model: Model, changes: Partial<Omit<GraphProto, '$typeName' | '$unknown'>>): Model {
  const graph = Object.assign(create(GraphProtoSchema), model.proto.graph, changes)
  return modelOf(Object.assign(create(ModelProtoSchema), model.proto, { graph }), model.label)
}

/** How to name a node for a reader: its own name, or its operator and what it makes. */
export function called(node: Pick<Node, 'name' | 'op' | 'outputs'>): string {
  return node.name !== '' ? `${node.op} ${node.name}` : `${node.op} → ${node.outputs[0] ?? ''}`
}

/**
 * Every tensor name a node reads, those read inside the bodies of If, Loop and Scan included ('' left out).
 * Names that a body defines for itself may be among them, which does no harm to a prune.
 */
export function readBy(node: NodeProto): string[] {
  const names = node.input.filter((name) => name !== '')
  for (const { g, graphs } of node.attribute) {
    for (const body of g === undefined ? graphs : [g, ...graphs]) {
      names.push(...body.node.flatMap(readBy), ...body.output.map(({ name }) => name))
    }
  }
  return names
}
