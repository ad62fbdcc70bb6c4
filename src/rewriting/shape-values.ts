import type { Finder } from './find-parts.ts'
import { arrayed } from './shape-entries.ts'

/**
 * The whole numbers of a small tensor that exporters work out from shapes (a third of the last dimension, say), as far
 * as that is done with the usual few operators; `undefined` otherwise. Of rank 0 or 1.
 */
export function wholeNumbers(finder: Finder, tensor: string): number[] | undefined {
  const stored = arrayed(finder.constant(tensor))
  if (stored !== undefined) return stored
  const node = finder.maker(tensor)
  if (node === undefined) return undefined
  if (node.op === 'Shape') return [...finder.dims(node.inputs[0])]
  const given = node.inputs.map((name) => wholeNumbers(finder, name))
  if (given.some((numbers) => numbers === undefined)) return undefined
  const [a, b] = given as number[][]
  const each = (combine: (x: number, y: number) => number) =>
    (a.length >= b.length ? a : b).map((_, i) =>
      combine(a[a.length === 1 ? 0 : i], b[b.length === 1 ? 0 : i]),
    )
  switch (node.op) {
    case 'Gather':
      return b.map((index) => a[index < 0 ? index + a.length : index])
    case 'Add':
      return each((x, y) => x + y)
    case 'Sub':
      return each((x, y) => x - y)
    case 'Mul':
      return each((x, y) => x * y)
    case 'Div':
      return each((x, y) => Math.trunc(x / y))
    case 'Concat':
      return (given as number[][]).flat()
    case 'Cast':
    case 'Identity':
    case 'Unsqueeze':
    case 'Squeeze':
    case 'Reshape':
      return a
    default:
      return undefined
  }
}
