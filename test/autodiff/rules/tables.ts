import type { InputSpec } from '../central-differences.ts'

/** A constant input of int64 numbers in a row. */
export const ints = (...data: readonly number[]): InputSpec => table([data.length], data)

/** A constant input of int64 numbers with a shape. */
export const table = (dims: readonly number[], data: readonly number[]): InputSpec => ({
  constant: { type: 'int64', dims, data },
})

/** A constant input of float32 numbers in a row. */
export const floats = (...data: readonly number[]): InputSpec => ({
  constant: { type: 'float32', dims: [data.length], data },
})
