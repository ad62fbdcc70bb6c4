import type { Learner } from '../../../src/learner/index.ts'
import { type Floats, headColumns } from './golden.ts'

/** Gives the columns `from` … `to` of the head, the newest, the values that the oracle's begin with. */
export function putColumns(subject: Learner, from: number, to: number): void {
  const flat = subject.weights()
  const columns = headColumns(from, to)
  for (const { ref, offset } of subject.entries) {
    columns.get(ref.name)?.data.forEach((value, i) => {
      const [row, column] = [Math.floor(i / (to - from)), i % (to - from)]
      flat[offset + row * to + from + column] = value
    })
  }
  subject.setWeights(flat)
}

/** Gives trained weights the values of a group of the oracle's; `called` is its name for a weight. */
export function putWeights(
  subject: Learner,
  group: ReadonlyMap<string, Floats>,
  called = (name: string) => name,
): void {
  const flat = subject.weights()
  for (const { ref, offset } of subject.entries) {
    const given = group.get(called(ref.name))
    if (given !== undefined) flat.set(given.data, offset)
  }
  subject.setWeights(flat)
}

/** Every trained weight by name, in the order of `entries`. */
export function trainedOf(subject: Learner): Map<string, Float32Array> {
  const flat = subject.weights()
  return new Map(
    subject.entries.map(({ ref, offset, length }) => [ref.name, flat.subarray(offset, offset + length)]),
  )
}

/** The same, and the running statistics behind them. */
export function weightsOf(subject: Learner): Map<string, Float32Array> {
  const { statistics } = subject.save() as { statistics: Record<string, Float32Array> }
  return new Map([...trainedOf(subject), ...Object.entries(statistics)])
}
