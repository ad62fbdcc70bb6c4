import { sizeOf } from '../tensor/index.ts'
import { sameDims } from './broadcast.ts'
import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'

type Primitives = Pick<Emit, 'call' | 'constant' | 'ints' | 'scalar' | 'filled'>
export type ShapeCalls = Pick<
  Emit,
  'Reshape' | 'Transpose' | 'Expand' | 'Concat' | 'Slice' | 'Pad' | 'Gather'
>

/** The calls that move numbers and compute none. One that would change nothing writes no node. */
export function shapeCalls({ call, ints, scalar, constant }: Primitives): ShapeCalls {
  /** What each Reshape of ours reads: one of another is one of the first. */
  const reshaped = new Map<string, Ref>()
  return {
    Reshape(x, dims) {
      if (sizeOf(x.dims) !== sizeOf(dims)) {
        throw new RangeError(`[${x.dims.join(', ')}] does not reshape to [${dims.join(', ')}]`)
      }
      if (sameDims(x.dims, dims)) return x
      const source = reshaped.get(x.name) ?? x
      if (sameDims(source.dims, dims)) return source
      const [made] = call('Reshape', [source, ints(dims)], [{ dims: [...dims] }])
      reshaped.set(made.name, source)
      return made
    },
    Transpose(x, perm) {
      if (perm.every((from, to) => from === to)) return x
      return call('Transpose', [x], [{ dims: perm.map((axis) => x.dims[axis]) }], { perm: [...perm] })[0]
    },
    Expand(x, dims) {
      return sameDims(x.dims, dims) ? x : call('Expand', [x, ints(dims)], [{ dims: [...dims] }])[0]
    },
    Concat(parts, axis) {
      if (parts.length === 1) return parts[0]
      const at = positive(axis, parts[0].dims.length)
      const long = parts.reduce((sum, { dims }) => sum + dims[at], 0)
      return call('Concat', parts, [{ dims: parts[0].dims.with(at, long) }], { axis: at })[0]
    },
    Slice(x, axis, start, end) {
      const at = positive(axis, x.dims.length)
      const size = x.dims[at]
      const from = Math.min(start < 0 ? start + size : start, size)
      const to = Math.min(end < 0 ? end + size : end, size)
      if (from === 0 && to === size) return x
      return call(
        'Slice',
        [x, ints([from]), ints([to]), ints([at])],
        [{ dims: x.dims.with(at, Math.max(0, to - from)) }],
      )[0]
    },
    Pad(x, before, after) {
      if ([...before, ...after].every((count) => count === 0)) return x
      const zero = x.type === 'float32' ? scalar(0) : constant({ type: x.type, dims: [], data: [0] })
      const dims = x.dims.map((dim, axis) => before[axis] + dim + after[axis])
      return call('Pad', [x, ints([...before, ...after]), zero], [{ dims }], { mode: 'constant' })[0]
    },
    Gather(x, indices, axis) {
      const at = positive(axis, x.dims.length)
      const dims = [...x.dims.slice(0, at), ...indices.dims, ...x.dims.slice(at + 1)]
      return call('Gather', [x, indices], [{ dims }], { axis: at })[0]
    },
  }
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}
