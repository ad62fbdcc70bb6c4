import { create } from '@bufbuild/protobuf'
import { StreambedError } from '../error.ts'
import { arrayOf, type ElementType, sizeOf, type Tensor, type TypedArray } from '../tensor/index.ts'
import { type TensorProto, TensorProto_DataLocation, TensorProtoSchema } from './generated/onnx_pb.ts'

/** ONNX's numbers for the element types (TensorProto.DataType). */
export const dataTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const satisfies Record<ElementType, number>

const elementTypes = new Map<number, ElementType>(
  Object.entries(dataTypes).map(([name, code]) => [code, name as ElementType]),
)

/** The element type behind ONNX's number; `undefined` for strings, complex numbers, bfloat16, float8, int4 … */
export function elementType(dataType: number): ElementType | undefined {
  return elementTypes.get(dataType)
}

/** Bytes of one number of ONNX's type; `undefined` for strings and for types under a byte. */
export function bytesPerElement(dataType: number): number | undefined {
  const type = elementType(dataType)
  if (type !== undefined) return arrayOf[type].BYTES_PER_ELEMENT
  return { 14: 8, 15: 16, 16: 2, 17: 1, 18: 1, 19: 1, 20: 1, 24: 1 }[dataType] // complex, bfloat16, float8
}

/** Numbers as plain data: what a constant of a graph is made of. */
export type Numbers = { type: ElementType; dims: readonly number[]; data: TypedArray | readonly number[] }

/** A constant as ONNX stores it: raw little-endian bytes, not copied when `data` is already a typed array. */
export function tensorProto(name: string, { type, dims, data }: Numbers | Tensor): TensorProto {
  const values = ArrayBuffer.isView(data) ? data : typedArray(type, data)
  if (!(values instanceof arrayOf[type])) {
    throw new TypeError(`constant ${name}: ${type} numbers come in a ${arrayOf[type].name}`)
  }
  if (values.length !== sizeOf(dims)) {
    throw new RangeError(`constant ${name}: ${values.length} values do not fill [${dims.join(', ')}]`)
  }
  return create(TensorProtoSchema, {
    name,
    dataType: dataTypes[type],
    dims: dims.map(BigInt),
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) as Uint8Array<ArrayBuffer>,
  })
}

function typedArray(type: ElementType, data: readonly number[]): TypedArray {
  return type === 'int64' || type === 'uint64'
    ? (arrayOf[type] as BigInt64ArrayConstructor).from(data.map(BigInt))
    : (arrayOf[type] as Float32ArrayConstructor).from(data)
}

/**
 * The numbers of a stored constant, copied so that they are aligned and ours. Raw bytes and the older typed
 * fields are both read (int32_data also carries bool, 8- and 16-bit types and the bits of float16).
 *
 * @throws onnx-unreadable for data kept in another file, an element type without a typed array, or a wrong size.
 */
export function numbersOf(proto: TensorProto, label: string): Tensor {
  const type = elementType(proto.dataType)
  const dims = proto.dims.map(Number)
  const refuse = (what: string) =>
    new StreambedError('onnx-unreadable', {
      what: `The constant ${proto.name || '(unnamed)'} ${what}.`,
      where: label,
      mend: 'Export the network again into one file, with float32 weights and integer shapes.',
    })
  if (type === undefined) throw refuse(`has the element type ${proto.dataType}, which no array holds here`)
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) throw refuse('lies in another file')
  const size = sizeOf(dims)
  const data = storedValues(proto, type)
  if (data.length !== size) {
    throw refuse(`has ${data.length} values, and its shape [${dims.join(', ')}] needs ${size}`)
  }
  return { type, dims, data }
}

function storedValues(proto: TensorProto, type: ElementType): TypedArray {
  if (proto.rawData.length > 0) {
    const bytes = new Uint8Array(proto.rawData).buffer
    const kind = arrayOf[type]
    return new kind(bytes, 0, Math.floor(bytes.byteLength / kind.BYTES_PER_ELEMENT))
  }
  if (type === 'int64') return BigInt64Array.from(proto.int64Data)
  if (type === 'uint64') return BigUint64Array.from(proto.uint64Data)
  if (type === 'uint32') return Uint32Array.from(proto.uint64Data, Number)
  if (type === 'float32') return Float32Array.from(proto.floatData)
  if (type === 'float64') return Float64Array.from(proto.doubleData)
  return (arrayOf[type] as Uint8ArrayConstructor).from(proto.int32Data)
}
