import type { Ref } from '../autodiff/index.ts'
import { StreambedError } from '../error.ts'
import { type ElementType, sizeOf, Tensor, type TypedArray } from '../tensor/index.ts'

/** How many examples there are, the same by every array. */
export function rowsOf(
  arrays: Readonly<Record<string, TypedArray>>,
  refs: readonly Ref[],
  label: string,
): number {
  let rows: number | undefined
  for (const { name, dims, type } of refs) {
    const given = arrays[name]
    const each = sizeOf(dims.slice(1))
    const wanted = `${name} as ${type}, [examples${dims.slice(1).map((dim) => `, ${dim}`)}]`
    if (given === undefined) {
      const others = Object.keys(arrays).join(', ') || 'nothing'
      throw mistake(label, `The batch has no ${name}; it has ${others}`, wanted)
    }
    const count = given.length / each
    if (!Number.isInteger(count) || count === 0) {
      throw mistake(label, `${name} has ${given.length} values, and an example has ${each}`, wanted)
    }
    if (rows !== undefined && rows !== count) {
      throw mistake(label, `${name} is of ${count} examples, and the array before of ${rows}`, wanted)
    }
    rows = count
  }
  return rows ?? 0
}

function mistake(label: string, what: string, wanted: string): StreambedError {
  return new StreambedError('learner-bad-batch', { what: `${what}.`, where: label, mend: `Give ${wanted}.` })
}

/**
 * Rows `from` … `to` of an array as the tensor of `ref`: a view if they fill it, else a copy. Behind them stand rows of
 * zeros, or the last row again: a picture that is no picture could be NaN to the network, and NaN times 0 is NaN.
 */
export function chunk(
  array: TypedArray,
  ref: Ref,
  from: number,
  to: number,
  behind: 'zeros' | 'last row' = 'last row',
): Tensor {
  const each = sizeOf(ref.dims.slice(1))
  const part = array.subarray(from * each, to * each) as TypedArray
  if (to - from === ref.dims[0]) return new Tensor(ref.type as ElementType, part as never, ref.dims)
  const kind = array.constructor as new (length: number) => TypedArray
  const padded = new kind(sizeOf(ref.dims))
  padded.set(part as never)
  if (behind === 'last row') {
    for (let row = to - from; row < ref.dims[0]; row++)
      padded.copyWithin(row * each, (to - from - 1) * each, (to - from) * each)
  }
  return new Tensor(ref.type as ElementType, padded as never, ref.dims)
}
