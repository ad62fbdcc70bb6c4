import { createHash } from 'node:crypto'
import type { Numbers } from '../onnx/index.ts'
import { arrayOf, type TypedArray } from '../tensor/index.ts'

/** The numbers in the array class of their type. */
export function typed({ type, data }: Numbers): TypedArray {
  if (ArrayBuffer.isView(data)) return data as TypedArray
  const values = data as readonly number[]
  return type === 'int64' || type === 'uint64'
    ? (arrayOf[type] as BigInt64ArrayConstructor).from(values.map(BigInt))
    : (arrayOf[type] as Float32ArrayConstructor).from(values)
}

/** Equal for tables of the same type, shape and bits, and for no others. */
export function constantKey({ type, dims, data }: Numbers): string {
  const { buffer, byteOffset, byteLength } = data as TypedArray
  const bits = createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('base64')
  return `${type}[${dims.join()}]${bits}`
}
