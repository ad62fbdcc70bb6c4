import { integersOf } from './axes.ts'
import type { Ref } from './network.ts'
import type { Pen } from './pen.ts'

/**
 * The sum of the gradients that arrive at one tensor.
 *
 * Gradients that were padded with zeros and lie side by side (of a tensor that was cut into q, k and v, or shifted
 * around its edge) are joined instead of added: one pass over the tensor where three padded ones and their sum take
 * seven. Nobody reads those Pads then, and they are pruned.
 */
export function summed(pen: Pick<Pen, 'emit' | 'nodes' | 'constants'>, parts: readonly Ref[]): Ref {
  const { emit } = pen
  if (parts.length === 1) return parts[0]
  const regions = parts.map((whole) => regionOf(pen, whole))
  const runs = runsOf(regions.filter((region) => region !== undefined))
  const terms = [
    ...parts.filter((_, i) => regions[i] === undefined),
    ...runs.map((run) => (run.length === 1 ? run[0].whole : joined(pen, run))),
  ]
  if (terms.length === 1) return terms[0]
  return terms.length === 2 ? emit.Add(terms[0], terms[1]) : emit.Sum(...terms)
}

/** A gradient that is zero outside `start` … `end` of one axis, where it is `part`. */
interface Region {
  readonly whole: Ref
  readonly part: Ref
  readonly axis: number
  readonly start: number
  readonly end: number
}

function regionOf({ nodes, constants }: Pick<Pen, 'nodes' | 'constants'>, whole: Ref): Region | undefined {
  const node = nodes.findLast(({ outputs }) => outputs.includes(whole.name))
  if (node?.op !== 'Pad' || (node.attributes?.mode ?? 'constant') !== 'constant') return undefined
  const [name, padsName, valueName, axesName] = node.inputs
  const table = constants.get(padsName)
  const value = valueName === undefined || valueName === '' ? 0 : constants.get(valueName)?.data[0]
  if (table === undefined || Number(value) !== 0 || axesName !== undefined) return undefined

  const pads = integersOf(table)
  const rank = whole.dims.length
  const padded = pads.flatMap((count, i) => (count === 0 ? [] : [i % rank]))
  const axis = padded[0]
  if (padded.length === 0 || padded.some((each) => each !== axis) || pads.some((count) => count < 0))
    return undefined
  const start = pads[axis]
  const end = whole.dims[axis] - pads[axis + rank]
  return {
    whole,
    part: { name, type: whole.type, dims: whole.dims.with(axis, end - start) },
    axis,
    start,
    end,
  }
}

/** Regions of one axis that touch, in runs. */
function runsOf(regions: readonly Region[]): Region[][] {
  const runs: Region[][] = []
  for (const region of [...regions].sort((a, b) => a.axis - b.axis || a.start - b.start)) {
    const last = runs.at(-1)?.at(-1)
    if (last?.axis === region.axis && last.end === region.start) runs.at(-1)!.push(region)
    else runs.push([region])
  }
  return runs
}

function joined({ emit }: Pick<Pen, 'emit'>, run: readonly Region[]): Ref {
  const [{ whole, axis, start }] = run
  const { end } = run[run.length - 1]
  const none = whole.dims.map(() => 0)
  const parts = run.map(({ part }) => part)
  return emit.Pad(emit.Concat(parts, axis), none.with(axis, start), none.with(axis, whole.dims[axis] - end))
}
