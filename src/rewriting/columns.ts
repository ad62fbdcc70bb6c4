import type { Node } from '../onnx/index.ts'
import type { Finder } from './find-parts.ts'
import { wholeNumbers } from './shape-values.ts'

/** Labels with a shape: which column of a linear layer's result each number came from. */
export interface Labels {
  readonly dims: readonly number[]
  readonly data: Int32Array
}

/**
 * Follows the numbers of a linear layer's result through the movements of `path`, whatever they are: so the part of
 * a fused layer that makes the queries is seen, not guessed. `undefined` where a node is met that cannot be followed.
 */
export function followed(finder: Finder, path: readonly string[]): Labels | undefined {
  const dims = finder.dims(path[0])
  const columns = dims.at(-1)!
  let labels: Labels = { dims, data: Int32Array.from({ length: sizeOf(dims) }, (_, i) => i % columns) }
  for (let i = 1; i < path.length; i++) {
    const node = finder.maker(path[i])!
    const moved = move(finder, node, labels, path[i])
    if (moved === undefined) return undefined
    labels = moved
  }
  return labels
}

const sizeOf = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1)

function move(finder: Finder, node: Node, labels: Labels, output: string): Labels | undefined {
  const dims = finder.dims(output)
  const axisOf = (axis: unknown, otherwise = 0) => {
    const value = typeof axis === 'number' ? axis : otherwise
    return value < 0 ? value + labels.dims.length : value
  }
  switch (node.op) {
    case 'Transpose':
      return transposed(labels, node.attributes.perm as number[] | undefined)
    case 'Gather': {
      const list = wholeNumbers(finder, node.inputs[1])
      if (list === undefined) return undefined
      const axis = axisOf(node.attributes.axis)
      const size = labels.dims[axis]
      return {
        ...taken(
          labels,
          axis,
          list.map((index) => (index < 0 ? index + size : index)),
        ),
        dims,
      }
    }
    case 'Split': {
      const axis = axisOf(node.attributes.axis)
      const before = node.outputs
        .slice(0, node.outputs.indexOf(output))
        .reduce((sum, name) => sum + finder.dims(name)[axis], 0)
      return taken(
        labels,
        axis,
        Array.from({ length: dims[axis] }, (_, i) => before + i),
      )
    }
    case 'Slice':
      return sliced(finder, node, labels)
    default:
      // Reshape, Squeeze, Flatten … and whatever keeps each number in its place
      return sizeOf(dims) === labels.data.length ? { dims, data: labels.data } : undefined
  }
}

function sliced(finder: Finder, node: Node, labels: Labels): Labels | undefined {
  const [, starts, ends, axes, steps] = node.inputs.map((name, input) =>
    name === '' || input === 0 ? undefined : wholeNumbers(finder, name),
  )
  if (starts === undefined || ends === undefined) return undefined
  return starts.reduce<Labels | undefined>((sofar, start, i) => {
    if (sofar === undefined) return undefined
    const given = axes?.[i] ?? i
    const axis = given < 0 ? given + sofar.dims.length : given
    const size = sofar.dims[axis]
    const step = steps?.[i] ?? 1
    if (step !== 1) return undefined
    const at = (index: number) => Math.max(0, Math.min(size, index < 0 ? index + size : index))
    const from = at(start)
    return taken(
      sofar,
      axis,
      Array.from({ length: Math.max(0, at(ends[i]) - from) }, (_, k) => from + k),
    )
  }, labels)
}

function taken({ dims, data }: Labels, axis: number, indices: readonly number[]): Labels {
  const inner = sizeOf(dims.slice(axis + 1))
  const outer = sizeOf(dims.slice(0, axis))
  const out = new Int32Array(outer * indices.length * inner)
  for (let o = 0; o < outer; o++) {
    indices.forEach((index, i) => {
      const from = (o * dims[axis] + index) * inner
      out.set(data.subarray(from, from + inner), (o * indices.length + i) * inner)
    })
  }
  return { dims: dims.map((dim, i) => (i === axis ? indices.length : dim)), data: out }
}

function transposed({ dims, data }: Labels, perm?: readonly number[]): Labels {
  const order = perm ?? dims.map((_, i) => dims.length - 1 - i)
  const strides = dims.map((_, i) => sizeOf(dims.slice(i + 1)))
  const outDims = order.map((axis) => dims[axis])
  const out = new Int32Array(data.length)
  const at = new Array<number>(dims.length).fill(0)
  let from = 0
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from]
    for (let d = outDims.length - 1; d >= 0; d--) {
      from += strides[order[d]]
      if (++at[d] < outDims[d]) break
      from -= strides[order[d]] * outDims[d]
      at[d] = 0
    }
  }
  return { dims: outDims, data: out }
}
