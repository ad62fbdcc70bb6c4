import { StreambedError } from '../error.ts'
import type { Node, NodeSpec } from '../onnx/index.ts'
import type { Finder } from './find-parts.ts'
import { arrayed, entriesOf, shapeWith } from './shape-entries.ts'
import type { Surgery } from './surgery.ts'

/**
 * Where the tokens lie in a tensor, whatever its shape: behind `before` numbers' worth of outer dimensions, `old` of
 * them as the network is and `fresh` of them as it shall be. Reshaping changes neither.
 */
export interface Carrier {
  readonly before: number
  readonly old: number
  readonly fresh: number
  /** While the tokens are still a picture: its height and width then and now. */
  readonly grid?: { readonly old: readonly [number, number]; readonly fresh: readonly [number, number] }
}

/** A table laid out for the old number of tokens (a position embedding, a mask), read by `node`. */
export type OnTable = (node: Node, input: number, axis: number, carrier: Carrier) => void

const sizeOf = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1)

/** The axes that hold the tokens: [from, to); `merged` if one axis holds more than them. */
function place(dims: readonly number[], { before, old }: Carrier) {
  for (let from = 0, outer = 1; from < dims.length; outer *= dims[from++]) {
    if (outer === before && dims[from] !== 1) {
      let to = from
      let inner = 1
      while (to < dims.length && inner < old) inner *= dims[to++]
      if (inner === old) return { from, to, merged: false }
    }
    if (outer <= before && outer * dims[from] >= before * old && dims[from] > 1) {
      return { from, to: from + 1, merged: true }
    }
  }
  return undefined
}

/**
 * Makes a stretch of the graph work for another number of tokens: shapes written as numbers are written anew; all else
 * follows by itself. Begins at the tensors of `start` and goes no further than `until`.
 *
 * @throws tokens-cannot-change, naming the node that is made for the old number.
 */
export function retokened(
  work: Surgery,
  finder: Finder,
  start: ReadonlyMap<string, readonly Carrier[]>,
  until: ReadonlySet<string>,
  onTable: OnTable,
): ReadonlyMap<string, readonly Carrier[]> {
  const carried = new Map(start)
  for (const node of finder.model.graph.nodes) {
    if (node.op === 'Shape' || node.op === 'Size') continue
    if (!node.inputs.some((name) => carried.has(name) && !until.has(name))) continue
    for (const output of node.outputs) {
      if (output === '' || carried.has(output)) continue
      const onward = through(work, finder, carried, node, output, onTable)
      if (onward.length > 0) carried.set(output, onward)
    }
  }
  return carried
}

export function refuse(finder: Finder, node: Node, why: string): StreambedError {
  return new StreambedError('tokens-cannot-change', {
    what: `${node.op} ${node.name || node.outputs[0]} ${why}, so the number of tokens cannot change.`,
    where: finder.model.label,
    mend: 'Export the network again with the wanted number of tokens, or choose a rewrite that adds none (LoRA, adapter, SSF).',
  })
}

function through(
  work: Surgery,
  finder: Finder,
  carried: ReadonlyMap<string, readonly Carrier[]>,
  node: Node,
  output: string,
  onTable: OnTable,
): Carrier[] {
  const out = finder.dims(output)
  const on = new Map<number, Carrier>()
  node.inputs.forEach((name, input) => {
    for (const carrier of carried.get(name) ?? []) {
      const next = step(work, finder, node, { input, dims: finder.dims(name), out, carrier })
      if (next !== undefined) on.set(next.before, next)
    }
  })
  if (broadcasting.has(node.op)) tables(finder, node, out, [...on.values()], carried, onTable)
  return [...on.values()]
}

const broadcasting = new Set('Add Sub Mul Div Pow Where Min Max'.split(' '))

function tables(
  finder: Finder,
  node: Node,
  out: readonly number[],
  carriers: readonly Carrier[],
  carried: ReadonlyMap<string, unknown>,
  onTable: OnTable,
): void {
  node.inputs.forEach((name, input) => {
    if (name === '' || carried.has(name)) return
    const dims = finder.dims(name)
    for (const carrier of carriers) {
      const at = place(out, carrier)
      const axis = at === undefined ? -1 : at.from - (out.length - dims.length)
      if (axis >= 0 && dims[axis] > 1) onTable(node, input, axis, carrier)
    }
  })
}

interface Step {
  input: number
  dims: readonly number[]
  out: readonly number[]
  carrier: Carrier
}

/** Where the tokens of one input are in the output; `undefined` if they are summed away or one is picked. */
function step(work: Surgery, finder: Finder, node: Node, at: Step): Carrier | undefined {
  const { dims, out, carrier, input } = at
  const here = place(dims, carrier)
  if (here === undefined) throw refuse(finder, node, `mixes tokens in [${dims.join(', ')}]`)
  const same = (axis: number, change: Partial<Carrier> = {}): Carrier => ({
    ...carrier,
    ...change,
    before: sizeOf(out.slice(0, axis)),
  })
  const axisOf = (axis: unknown) => {
    const value = typeof axis === 'number' ? axis : 0
    return value < 0 ? value + dims.length : value
  }
  switch (node.op) {
    case 'Reshape':
    case 'Expand':
      reshape(work, finder, node, at)
      return carrier
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Flatten':
    case 'Identity':
    case 'Cast':
    case 'Dropout':
      return carrier
    case 'Transpose': {
      const perm = (node.attributes.perm as number[] | undefined) ?? dims.map((_, i) => dims.length - 1 - i)
      const axes = Array.from({ length: here.to - here.from }, (_, i) => here.from + i)
      const first = perm.indexOf(here.from)
      const together = axes.every((axis, i) => perm[first + i] === axis)
      if (here.merged || !together) throw refuse(finder, node, 'tears the tokens apart')
      return same(first)
    }
    case 'Gather': {
      const axis = axisOf(node.attributes.axis)
      if (input !== 0) throw refuse(finder, node, 'looks tokens up')
      if (axis === here.from) return undefined
      const rank = finder.dims(node.inputs[1]).length
      return same(axis < here.from ? here.from - 1 + rank : here.from)
    }
    case 'Slice': {
      const [, starts, ends, axes] = node.inputs.map((name) => arrayed(finder.constant(name)))
      const index = (axes ?? starts?.map((_, i) => i) ?? []).findIndex((axis) => axisOf(axis) === here.from)
      if (index < 0) return same(here.from)
      const end = ends?.[index] ?? 0
      if (
        starts === undefined ||
        (end >= 0 && end <= carrier.old && carrier.fresh > carrier.old && end > 1)
      ) {
        throw refuse(finder, node, `cuts at token ${end}`)
      }
      const kept = out[here.from]
      if (kept === 1) return undefined
      return same(here.from, { old: kept, fresh: carrier.fresh - carrier.old + kept })
    }
    case 'Concat': {
      if (axisOf(node.attributes.axis) !== here.from) return same(here.from)
      if (here.to - here.from > 1) throw refuse(finder, node, 'joins pictures')
      const joined = out[here.from]
      return same(here.from, { old: joined, fresh: carrier.fresh - carrier.old + joined })
    }
    case 'Split':
      if (axisOf(node.attributes.axis) === here.from) throw refuse(finder, node, 'splits the tokens')
      return same(here.from)
    case 'MatMul':
    case 'Gemm':
      return multiplied(finder, node, at, here.from, same)
    default:
      return other(finder, node, at, here, same)
  }
}

function multiplied(
  finder: Finder,
  node: Node,
  { input, dims, out }: Step,
  axis: number,
  same: (axis: number) => Carrier,
): Carrier | undefined {
  const flipped = node.op === 'Gemm' && node.attributes[input === 0 ? 'transA' : 'transB'] === 1
  const last = input === 0 ? dims.length - 1 : dims.length - 2
  const contracted = flipped ? (input === 0 ? 0 : 1) : last
  if (axis !== contracted) return same(axis + out.length - dims.length)
  if (!finder.fed(node.inputs[1 - input])) throw refuse(finder, node, 'mixes the tokens with a weight')
  return undefined
}

function other(
  finder: Finder,
  node: Node,
  { dims, out, carrier }: Step,
  here: { from: number; to: number },
  same: (axis: number) => Carrier,
): Carrier | undefined {
  if (node.op.startsWith('Reduce') || node.op.startsWith('Global')) {
    if (out.length === dims.length) return out[here.from] === dims[here.from] ? same(here.from) : undefined
    if (sizeOf(out) === sizeOf(dims) / carrier.old) return undefined
    const left = place(out, { ...carrier, before: carrier.before })
    return left === undefined ? undefined : carrier
  }
  const shift = out.length - dims.length
  for (let axis = here.from; axis < here.to; axis++) {
    if (out[axis + shift] !== dims[axis]) throw refuse(finder, node, `is laid out for ${carrier.old} tokens`)
  }
  return same(here.from + shift)
}

/** Numbers in the target shape that stand for the tokens. */
function reshape(work: Surgery, finder: Finder, node: Node, { out, carrier }: Step): void {
  const there = place(out, carrier)
  if (there === undefined) throw refuse(finder, node, `splits the tokens as [${out.join(', ')}]`)
  const entries = entriesOf(finder, node.inputs[1])
  if (entries === undefined) return // worked out from shapes as they are: it follows by itself
  const changed = new Map<number, number>()
  for (let axis = there.from; axis < there.to; axis++) {
    const entry = entries[axis]
    if (entry === undefined || entry <= 0) continue
    if (there.to - there.from === 1) changed.set(axis, (entry / carrier.old) * carrier.fresh)
    else if (
      carrier.grid !== undefined &&
      there.to - there.from === 2 &&
      out[axis] === carrier.grid.old[axis - there.from]
    )
      changed.set(axis, carrier.grid.fresh[axis - there.from])
    else throw refuse(finder, node, `splits the tokens as [${out.join(', ')}]`)
  }
  if (changed.size === 0) return
  const nodes: NodeSpec[] = []
  const shape = shapeWith(work, finder, node.inputs[1], changed, nodes)
  const { op, name, outputs, attributes } = node
  const kept = Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== undefined),
  ) as NodeSpec['attributes']
  work.replace(outputs[0], [
    ...nodes,
    { op, name, inputs: [node.inputs[0], shape], outputs, ...(kept && { attributes: kept }) },
  ])
}
