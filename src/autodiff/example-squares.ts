import type { NodeSpec } from '../onnx/index.ts'
import { sizeOf } from '../tensor/index.ts'
import { attributeOf, differentiate } from './differentiate.ts'
import type { Emit } from './emit.ts'
import type { Network, Ref } from './network.ts'
import { normalisedRows } from './normalised-rows.ts'
import type { Pen } from './pen.ts'

/** How a weight meets its examples in one node: `dY` arrives there, one part of it an example. */
interface Use {
  readonly node: NodeSpec
  /** What it makes, [examples, …]. */
  readonly y: Ref
  /** The gradient of each example, [examples, …weight]. */
  each(emit: Emit, dY: Ref): Ref
  /** The sum of their squares, where it is to be had without them; for a weight that is used but once. */
  squares?(emit: Emit, dY: Ref): Ref
}

/** A weight meets them itself, or was split and its parts do. */
type Way = { readonly uses: readonly Use[] } | { readonly axis: number; readonly parts: readonly Way[] }

/** The uses of each weight; see `usesApart`. */
export type Uses = ReadonlyMap<string, Way>

interface Meeting {
  readonly network: Network
  readonly examples: number
  /** Whether the first axis of a tensor is the examples. */
  readonly isFirst: (tensor: string) => boolean
  /** Whether examples lie one after another in a tensor, each in so many rows of the first axis. */
  readonly isInTurn: (tensor: string) => boolean
}

/**
 * Where each of these weights is used, if in all places examples can be told apart exactly: in products with a matrix,
 * sums, gains, normalisations of rows and embeddings of patches. `undefined` if one is used in another way (a
 * convolution, a weight that is altered first), or where the examples do not lie along the first axis.
 *
 * @param isFirst whether the first axis of a tensor is the examples
 */
export function usesApart(
  network: Network,
  weights: readonly string[],
  { examples, isFirst }: Pick<Meeting, 'examples' | 'isFirst'>,
): Uses | undefined {
  const makers = new Map(network.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const readers = new Map<string, { node: NodeSpec; input: number }[]>()
  for (const node of network.nodes) {
    for (const [input, name] of node.inputs.entries()) {
      readers.set(name, [...(readers.get(name) ?? []), { node, input }])
    }
  }
  const isInTurn = (tensor: string): boolean => {
    const maker = makers.get(tensor)
    return isFirst(tensor) || (maker?.op === 'Reshape' && isFirst(maker.inputs[0]))
  }
  const covered = new Set(network.virtual?.flatMap(({ covers }) => covers))
  const meeting: Meeting = { network, examples, isFirst, isInTurn }
  const wayOf = (name: string): Way | undefined => {
    const all = readers.get(name) ?? []
    if (all.length === 1 && all[0].node.op === 'Split') {
      const { node } = all[0]
      const parts = node.outputs.map(wayOf)
      if (parts.includes(undefined)) return undefined
      return { axis: attributeOf<number>(node, 'axis') ?? 0, parts: parts as Way[] }
    }
    const uses = all.map(({ node, input }) => (covered.has(node) ? undefined : met(meeting, node, input)))
    return uses.includes(undefined) ? undefined : { uses: uses as Use[] }
  }
  const ways = new Map<string, Way>()
  for (const name of weights) {
    const way = wayOf(name)
    if (way === undefined) return undefined
    ways.set(name, way)
  }
  return ways
}

/** Writes, for each weight, Σ over the examples of the square of its gradient. */
export function exampleSquares(
  network: Network,
  { seeds, uses }: { seeds: ReadonlyMap<string, Ref>; uses: Uses },
  pen: Pen,
): Map<string, Ref> {
  const { emit } = pen
  const wanted = [...uses.values()].flatMap(madeIn)
  const arriving = differentiate(network, { seeds, wanted: [...new Set(wanted)] }, pen)
  const squaresOf = (way: Way): Ref | undefined => {
    if ('parts' in way) {
      const parts = way.parts.map(squaresOf)
      if (parts.includes(undefined)) return undefined
      const { dims } = parts[0]!
      return emit.Concat(parts as Ref[], way.axis < 0 ? way.axis + dims.length : way.axis)
    }
    const arrived = way.uses.flatMap((use) => {
      const dY = arriving.get(use.y.name)
      return dY === undefined ? [] : [{ use, dY }]
    })
    if (arrived.length === 0) return undefined
    const [{ use, dY }] = arrived
    if (arrived.length === 1 && use.squares !== undefined) return use.squares(emit, dY)
    // used twice, it has one gradient: the sum of both, which is then squared
    const whole = arrived.map((one) => one.use.each(emit, one.dY)).reduce((a, b) => emit.Add(a, b))
    return emit.ReduceSum(emit.Mul(whole, whole), [0], false)
  }
  return new Map(
    [...uses].flatMap(([name, way]) => {
      const squares = squaresOf(way)
      return squares === undefined ? [] : [[name, squares] as const]
    }),
  )
}

function madeIn(way: Way): string[] {
  return 'parts' in way ? way.parts.flatMap(madeIn) : way.uses.map(({ y }) => y.name)
}

function met(
  { network, examples, isFirst, isInTurn }: Meeting,
  node: NodeSpec,
  input: number,
): Use | undefined {
  const refs = node.inputs.map((name) => network.shapes.get(name))
  const w = refs[input]!
  const y = network.shapes.get(node.outputs[0])!
  const x = refs[input === 0 ? 1 : 0]
  const isProduct = ['MatMul', 'Gemm', 'FusedMatMul'].includes(node.op)
  const domain = node.op === 'FusedMatMul' ? 'com.microsoft' : ''
  if (x === undefined || (node.domain ?? '') !== domain) return undefined
  if (isProduct ? !isInTurn(node.inputs[0]) : !isFirst(y.name)) return undefined
  const attribute = <Value>(name: string, otherwise: Value) => attributeOf<Value>(node, name) ?? otherwise
  const isSet = (name: string) => attribute<number>(name, 0) === 1
  const sumOf = (write: (emit: Emit, dY: Ref) => Ref) =>
    fits(y.dims, w.dims)
      ? { node, y, each: (emit: Emit, dY: Ref) => apart(emit, write(emit, dY), w.dims) }
      : undefined

  switch (node.op) {
    case 'MatMul':
    case 'Gemm':
    case 'FusedMatMul': {
      if (node.op === 'Gemm' && input === 2) {
        const beta = attribute('beta', 1)
        if (w.dims.length > 1 && w.dims[0] !== 1) return undefined
        return sumOf((emit, dY) => {
          const rows = rowsApart(emit, dY, examples)
          return beta === 1 ? rows : emit.Mul(rows, emit.scalar(beta))
        })
      }
      if (input !== 1 || w.dims.length !== 2 || x.name === w.name) return undefined
      if (['transA', 'transBatchA', 'transBatchB'].some(isSet)) return undefined
      const product = { alpha: attribute('alpha', 1), isTurned: isSet('transB'), w }
      return { node, y, ...ofProduct(x, examples, product) }
    }
    case 'Add':
      return sumOf((_, dY) => dY)
    case 'Sub':
      return sumOf((emit, dY) => (input === 0 ? dY : emit.Neg(dY)))
    case 'Mul':
      return isFirst(x.name) && x.name !== w.name ? sumOf((emit, dY) => emit.Mul(dY, x)) : undefined
    case 'Expand':
      return input === 0 ? sumOf((_, dY) => dY) : undefined
    case 'LayerNormalization': {
      const axis = attribute('axis', -1)
      const [rows] = refs
      if (input === 0 || rows === undefined || (axis !== -1 && axis !== rows.dims.length - 1))
        return undefined
      const flat = [sizeOf(rows.dims.slice(0, -1)), rows.dims.at(-1)!]
      return sumOf((emit, dY) => {
        if (input === 2) return dY
        const { xhat } = normalisedRows(emit, emit.Reshape(rows, flat), attribute('epsilon', 1e-5))
        return emit.Mul(dY, emit.Reshape(xhat, rows.dims))
      })
    }
    case 'Conv':
      return input === 2
        ? { node, y, each: (emit, dY) => emit.ReduceSum(dY, [...y.dims.keys()].slice(2), false) }
        : ofPatches(node, x, w, y)
    default:
      return undefined
  }
}

/** dW of x·w, x [examples, …, in] or [examples · rows, in], dY the same with out. */
function ofProduct(
  x: Ref,
  examples: number,
  { w, alpha, isTurned }: { w: Ref; alpha: number; isTurned: boolean },
): Pick<Use, 'each' | 'squares'> {
  const sides = (dY: Ref) => (isTurned ? [dY, x] : [x, dY])
  const each: Use['each'] = (emit, dY) => {
    const [a, b] = sides(dY).map((ref) => rowsApart(emit, ref, examples))
    return emit.Reshape(emit.FusedMatMul(a, b, { transA: true, alpha }), [examples, ...w.dims])
  }
  if (x.dims.length > 2 || x.dims[0] > examples) return { each }
  return {
    each,
    // (x dᵀ)² is x² d²ᵀ where an example has one row
    squares(emit, dY) {
      const [a, b] = sides(dY).map((ref) => emit.Mul(ref, ref))
      return emit.Gemm(a, b, { transA: true, alpha: alpha * alpha })
    },
  }
}

/** A convolution whose kernel steps by its own size: each patch is one row of a product. */
function ofPatches(node: NodeSpec, x: Ref, w: Ref, y: Ref): Use | undefined {
  const kernel = w.dims.slice(2)
  const of = (name: string) => attributeOf<readonly number[]>(node, name)
  const isPlain =
    x.dims.length === 4 &&
    (attributeOf<number>(node, 'group') ?? 1) === 1 &&
    (of('pads') ?? []).every((pad) => pad === 0) &&
    (of('dilations') ?? []).every((each) => each === 1) &&
    ['', 'NOTSET', 'VALID'].includes(attributeOf<string>(node, 'auto_pad') ?? '') &&
    (of('strides') ?? [1, 1]).every((stride, axis) => stride === kernel[axis]) &&
    kernel.every((side, axis) => x.dims[2 + axis] === side * y.dims[2 + axis])
  if (!isPlain) return undefined
  const [examples, channels] = x.dims
  const [out, height, width] = y.dims.slice(1)
  const [down, across] = kernel
  return {
    node,
    y,
    each(emit, dY) {
      const split = emit.Reshape(x, [examples, channels, height, down, width, across])
      const patches = emit.Transpose(split, [0, 2, 4, 1, 3, 5])
      const rows = emit.Reshape(patches, [examples, height * width, channels * down * across])
      const each = emit.MatMul(emit.Reshape(dY, [examples, out, height * width]), rows)
      return emit.Reshape(each, [examples, ...w.dims])
    },
  }
}

/** [examples, rows, width] of what has its examples one after another. */
function rowsApart(emit: Emit, ref: Ref, examples: number): Ref {
  const width = ref.dims.at(-1)!
  return emit.Reshape(ref, [examples, sizeOf(ref.dims) / (examples * width), width])
}

/** Does a tensor of `dims` broadcast over what is made without having examples of its own? */
function fits(made: readonly number[], dims: readonly number[]): boolean {
  return dims.length < made.length || (dims.length === made.length && dims[0] === 1)
}

/** [examples, …] summed to [examples, …dims]: over all that was broadcast but the examples. */
function apart(emit: Emit, d: Ref, dims: readonly number[]): Ref {
  const lead = d.dims.length - dims.length
  const axes = [...d.dims.keys()].filter(
    (axis) => axis > 0 && (axis < lead || (dims[axis - lead] === 1 && d.dims[axis] !== 1)),
  )
  return emit.Reshape(emit.ReduceSum(d, axes, true), [d.dims[0], ...dims])
}
