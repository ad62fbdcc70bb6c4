import type { NodeSpec } from '../onnx/index.ts'
import type { Tensor } from '../tensor/index.ts'
import type { Finder } from './find-parts.ts'
import type { Surgery } from './surgery.ts'

/** Whole numbers of a stored tensor. */
export function arrayed(numbers: Tensor | undefined): number[] | undefined {
  return numbers === undefined ? undefined : Array.from(numbers.data as ArrayLike<bigint | number>, Number)
}

/**
 * A target shape, entry by entry, as far as it is written in the file: a stored shape, or pieces joined of which some
 * are stored. `undefined` entries are worked out at run time; all of it `undefined` if nothing is stored.
 */
export function entriesOf(finder: Finder, shape: string): (number | undefined)[] | undefined {
  const stored = arrayed(finder.constant(shape))
  if (stored !== undefined) return stored
  const node = finder.maker(shape)
  if (node?.op !== 'Concat') return undefined
  return node.inputs.flatMap(
    (piece) => pieceOf(finder, piece) ?? new Array<undefined>(finder.dims(piece)[0] ?? 1).fill(undefined),
  )
}

/** A piece may also be a stored number that is given an axis. */
function pieceOf(finder: Finder, piece: string): number[] | undefined {
  const stored = arrayed(finder.constant(piece))
  if (stored !== undefined) return stored
  const node = finder.maker(piece)
  return node?.op === 'Unsqueeze' || node?.op === 'Reshape'
    ? arrayed(finder.constant(node.inputs[0]))
    : undefined
}

/** The same shape with some entries changed; nodes that this takes are put into `nodes`. */
export function shapeWith(
  work: Surgery,
  finder: Finder,
  shape: string,
  changed: ReadonlyMap<number, number>,
  nodes: NodeSpec[],
): string {
  const table = (data: number[]) =>
    work.table(`${shape}.tokens`, { type: 'int64', dims: [data.length], data })
  const stored = arrayed(finder.constant(shape))
  if (stored !== undefined) return table(stored.map((entry, i) => changed.get(i) ?? entry))
  let at = 0
  const pieces = finder.maker(shape)!.inputs.map((piece) => {
    const own = pieceOf(finder, piece)
    const size = own?.length ?? finder.dims(piece)[0] ?? 1
    const first = at
    at += size
    const touched = own?.some((_, i) => changed.has(first + i)) ?? false
    return touched ? table(own!.map((entry, i) => changed.get(first + i) ?? entry)) : piece
  })
  const output = work.fresh(`${shape}.tokens`)
  nodes.push({ op: 'Concat', inputs: pieces, outputs: [output], attributes: { axis: 0 } })
  return output
}
