import { create, toBinary } from '@bufbuild/protobuf'
import type { ElementType } from '../tensor/index.ts'
import { type AttributeValue, attributeProto } from './attributes.ts'
import {
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.ts'
import { dataTypes, type Numbers, tensorProto } from './values.ts'

/** One operator: what it reads and makes, by tensor name; '' leaves an optional input out. */
export interface NodeSpec {
  op: string
  /** '' for the standard operators (the default), 'com.microsoft' for the runtime's own. */
  domain?: string
  name?: string
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, AttributeValue>>
}

/** A tensor's declared type; a string names a dimension that each run decides. No `shape`: any rank. */
export type ValueSpec = { type: ElementType; shape?: readonly (number | string)[] }

export interface ModelSpec {
  name?: string
  inputs: Readonly<Record<string, ValueSpec>>
  outputs: Readonly<Record<string, ValueSpec>>
  nodes: readonly NodeSpec[]
  /** Weights and tables, by tensor name, in the model itself. */
  constants?: Readonly<Record<string, Numbers>>
  /** Version of the standard operators; 20 unless said. */
  opset?: number
}

/**
 * The bytes of a model written down in code.
 *
 *   buildModel({
 *     inputs: { x: { type: 'float32', shape: ['n', 3] } },
 *     outputs: { y: { type: 'float32', shape: ['n', 2] } },
 *     nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
 *     constants: { w: { type: 'float32', dims: [3, 2], data: [1, 0, 0, 1, 0, 0] } },
 *   })
 */
export function buildModel(spec: ModelSpec): Uint8Array {
  return toBinary(ModelProtoSchema, buildProto(spec))
}

export function buildProto(spec: ModelSpec): ModelProto {
  const domains = new Set(spec.nodes.map(({ domain }) => domain ?? '').filter((domain) => domain !== ''))
  const opset = spec.opset ?? 20
  return create(ModelProtoSchema, {
    irVersion: opset > 20 ? 10n : opset > 18 ? 9n : 8n,
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      ...[...domains].sort().map((domain) => ({ domain, version: 1n })),
    ],
    producerName: 'streambed',
    graph: {
      name: spec.name ?? 'graph',
      input: Object.entries(spec.inputs).map(([name, value]) => valueProto(name, value)),
      output: Object.entries(spec.outputs).map(([name, value]) => valueProto(name, value)),
      node: spec.nodes.map(nodeProto),
      initializer: Object.entries(spec.constants ?? {}).map(([name, numbers]) => tensorProto(name, numbers)),
    },
  })
}

export function nodeProto({ op, domain, name, inputs, outputs, attributes }: NodeSpec): NodeProto {
  return create(NodeProtoSchema, {
    opType: op,
    domain: domain ?? '',
    name: name ?? '',
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes ?? {}).map(([key, value]) => attributeProto(key, value)),
  })
}

export function valueProto(name: string, { type, shape }: ValueSpec): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: dataTypes[type],
          shape: shape && { dim: shape.map((dim) => ({ value: dimension(dim) })) },
        },
      },
    },
  })
}

function dimension(dim: number | string) {
  return typeof dim === 'number'
    ? { case: 'dimValue' as const, value: BigInt(dim) }
    : { case: 'dimParam' as const, value: dim }
}
