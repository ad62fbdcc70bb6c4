/** What a tensor's numbers are; the names are onnxruntime's own. float16 is held as its 16 bits. */
export type ElementType = keyof TypedArrays

interface TypedArrays {
  float32: Float32Array
  float64: Float64Array
  float16: Uint16Array
  uint8: Uint8Array
  int8: Int8Array
  uint16: Uint16Array
  int16: Int16Array
  uint32: Uint32Array
  int32: Int32Array
  uint64: BigUint64Array
  int64: BigInt64Array
  bool: Uint8Array
}

export type TypedArray = TypedArrays[ElementType]

/** The array class that holds each element type. */
export const arrayOf = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const

/**
 * Numbers with a shape: row-major `data`, the last dimension contiguous; [] is a scalar.
 *
 *   new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])
 *
 * @throws RangeError when the dimensions do not multiply to the number of elements.
 */
export class Tensor<T extends ElementType = ElementType> {
  readonly type: T
  readonly data: TypedArrays[T]
  readonly dims: readonly number[]

  constructor(type: T, data: TypedArrays[T], dims: readonly number[]) {
    if (sizeOf(dims) !== data.length) {
      throw new RangeError(`${data.length} values do not fill a ${type} tensor of [${dims.join(', ')}].`)
    }
    this.type = type
    this.data = data
    this.dims = dims
  }
}

/** The number of elements of a shape: the product of its dimensions, 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}
