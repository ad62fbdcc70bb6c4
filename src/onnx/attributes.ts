import { create } from '@bufbuild/protobuf'
import type { ElementType } from '../tensor/index.ts'
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as Kind,
} from './generated/onnx_pb.ts'
import { dataTypes, type Numbers, tensorProto } from './values.ts'

/** What an attribute of a node may be given as; `float` and `floats` say so where the name alone does not. */
export type AttributeValue =
  | number
  | bigint
  | string
  | readonly number[]
  | readonly string[]
  | Numbers
  | { float: number }
  | { floats: readonly number[] }

/** Attributes that ONNX types as float, so that `alpha: 1` is not written as a whole number. */
const floats = new Set(
  `activation_alpha activation_beta alpha beta bias clip coefficients cubic_coeff_a epsilon
  extrapolation_value gamma high lambd low mean momentum ratio sample scale scale_h scale_w softcap spatial_scale
  threshold value_float value_floats`.split(/\s+/),
)

/** Attributes that name an element type: `to: 'float32'` is written as ONNX's number for it. */
export const typeAttributes: ReadonlySet<string> = new Set([
  'to',
  'dtype',
  'output_dtype',
  'stash_type',
  'softmax_precision',
])

/**
 * An attribute with the type that ONNX gives it: whole numbers are ints, other numbers floats, and the names
 * that ONNX types as float (alpha, epsilon, …) are floats whatever their value.
 */
export function attributeProto(name: string, value: AttributeValue): AttributeProto {
  return create(AttributeProtoSchema, { name, ...typed(name, value) })
}

function typed(name: string, value: AttributeValue): Omit<Partial<AttributeProto>, '$typeName'> {
  if (typeof value === 'bigint') return { type: Kind.INT, i: value }
  if (typeof value === 'number') {
    return floats.has(name) || !Number.isInteger(value)
      ? { type: Kind.FLOAT, f: value }
      : { type: Kind.INT, i: BigInt(value) }
  }
  if (typeof value === 'string') {
    return typeAttributes.has(name) && value in dataTypes
      ? { type: Kind.INT, i: BigInt(dataTypes[value as ElementType]) }
      : { type: Kind.STRING, s: bytes(value) }
  }
  if (Array.isArray(value)) {
    if (value.some((item) => typeof item === 'string'))
      return { type: Kind.STRINGS, strings: value.map(bytes) }
    return floats.has(name) || value.some((item) => !Number.isInteger(item))
      ? { type: Kind.FLOATS, floats: value }
      : { type: Kind.INTS, ints: value.map(BigInt) }
  }
  if ('float' in value) return { type: Kind.FLOAT, f: value.float }
  if ('floats' in value) return { type: Kind.FLOATS, floats: [...value.floats] }
  return { type: Kind.TENSOR, t: tensorProto(name, value as Numbers) }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
}

/** An attribute as plain data; `undefined` for graphs, sparse tensors and types, which we only carry along. */
export function attributeValue(
  proto: AttributeProto,
): number | string | readonly number[] | readonly string[] | undefined {
  switch (proto.type) {
    case Kind.FLOAT:
      return proto.f
    case Kind.INT:
      return Number(proto.i)
    case Kind.STRING:
      return text(proto.s)
    case Kind.FLOATS:
      return proto.floats
    case Kind.INTS:
      return proto.ints.map(Number)
    case Kind.STRINGS:
      return proto.strings.map(text)
    default:
      return undefined
  }
}

function text(value: Uint8Array): string {
  return new TextDecoder().decode(value)
}
