import type { Numbers } from '../onnx/index.ts'
import { integersOf } from './axes.ts'
import type { Ref } from './network.ts'
import type { Pen } from './pen.ts'

/** What was written so far, and the constants of it and of the network it is for. */
type Written = Pick<Pen, 'emit' | 'nodes' | 'shapes'> & { constant: (name: string) => Numbers | undefined }

/**
 * The sum of the gradients that arrive at one tensor.
 *
 * Gradients that were padded with zeros and lie side by side (of a tensor that was cut into q, k and v, shifted
 * around its edge, or taken apart by every second row) are joined instead of added: one pass over the tensor where
 * three padded ones and their sum take seven. Nobody reads those Pads then, and they are pruned.
 */
export function summed(pen: Written, parts: readonly Ref[]): Ref {
  const { emit } = pen
  if (parts.length === 1) return parts[0]
  const regions = parts.map((gradient) => regionOf(pen, gradient))
  const runs = runsOf(regions.filter((region) => region !== undefined))
  const terms = [
    ...parts.filter((_, i) => regions[i] === undefined),
    ...runs.map((run) => (run.length === 1 ? run[0].gradient : joined(pen, run))),
  ]
  if (terms.length === 1) return terms[0]
  return terms.length === 2 ? emit.Add(terms[0], terms[1]) : emit.Sum(...terms)
}

/** A gradient that is zero outside `start` … `end` of one axis, where it is `part`; seen in some shape. */
interface Region {
  readonly gradient: Ref
  readonly seen: readonly number[]
  readonly part: Ref
  readonly axis: number
  readonly start: number
  readonly end: number
}

function regionOf({ nodes, shapes, constant }: Written, gradient: Ref): Region | undefined {
  const writerOf = (name: string) => nodes.findLast(({ outputs }) => outputs.includes(name))
  const last = writerOf(gradient.name)
  const node = last?.op === 'Reshape' ? writerOf(last.inputs[0]) : last
  if (node?.op !== 'Pad' || (node.attributes?.mode ?? 'constant') !== 'constant') return undefined
  const [name, padsName, valueName, axesName] = node.inputs
  const table = constant(padsName)
  const value = valueName === undefined || valueName === '' ? 0 : constant(valueName)?.data[0]
  if (table === undefined || Number(value) !== 0 || axesName !== undefined) return undefined

  const seen = shapes.get(node.outputs[0])!.dims
  const pads = integersOf(table)
  const rank = seen.length
  const padded = pads.flatMap((count, i) => (count === 0 ? [] : [i % rank]))
  const axis = padded[0]
  if (padded.length === 0 || padded.some((each) => each !== axis) || pads.some((count) => count < 0)) {
    return undefined
  }
  const start = pads[axis]
  const end = seen[axis] - pads[axis + rank]
  return {
    gradient,
    seen,
    part: { name, type: gradient.type, dims: seen.with(axis, end - start) },
    axis,
    start,
    end,
  }
}

/** Regions of one axis of one shape that touch, in runs. */
function runsOf(regions: readonly Region[]): Region[][] {
  const runs: Region[][] = []
  const ordered = [...regions].sort((a, b) => a.axis - b.axis || a.start - b.start)
  for (const shape of new Set(ordered.map(({ seen }) => seen.join()))) {
    let last: Region | undefined
    for (const region of ordered.filter(({ seen }) => seen.join() === shape)) {
      if (last?.axis === region.axis && last.end === region.start) runs.at(-1)!.push(region)
      else runs.push([region])
      last = region
    }
  }
  return runs
}

function joined({ emit }: Written, run: readonly Region[]): Ref {
  const [{ gradient, seen, axis, start }] = run
  const { end } = run[run.length - 1]
  const none = seen.map(() => 0)
  const parts = emit.Concat(
    run.map(({ part }) => part),
    axis,
  )
  return emit.Reshape(
    emit.Pad(parts, none.with(axis, start), none.with(axis, seen[axis] - end)),
    gradient.dims,
  )
}
