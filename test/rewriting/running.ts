import { type Model, numbersOf, writeModel } from '../../src/onnx/index.ts'
import type { Rewritten } from '../../src/rewriting/index.ts'
import { withValues } from '../../src/rewriting/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'

/** Pictures [count, 3, side, side] of noise around 0. */
export function pictures(count: number, side: number): Tensor {
  const random = chance('pictures', side)
  const data = Float32Array.from({ length: count * 3 * side * side }, () => random.normal())
  return new Tensor('float32', data, [count, 3, side, side])
}

/** The last output of a model on some feeds; `plainly` without the runtime's fusions, which round otherwise. */
export async function outputOf(
  model: Model,
  feeds: Readonly<Record<string, Tensor>>,
  how: 'plainly' | 'fused' = 'fused',
): Promise<Float32Array> {
  const optimisation = how === 'plainly' ? 'disabled' : 'all'
  const session = await openSession(writeModel(model), { threads: 1, label: model.label, optimisation })
  const name = model.graph.outputs.at(-1)!.name
  const outputs = await session.run(feeds)
  await session.release()
  return outputs[name].data as Float32Array
}

/** The rewritten model with all that is new in it drawn anew, so that nothing about it is neutral. */
export function shaken({ model, trainable }: Rewritten): Model {
  const random = chance('shaken')
  return withValues(
    model,
    Object.fromEntries(
      trainable.map(({ name, dims, init }) => [
        name,
        { type: 'float32', dims, data: init.data.map(() => 0.5 * random.normal()) },
      ]),
    ),
  )
}

/** The largest difference, over the largest value. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let largest = 0
  let most = 1e-30
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Number.isNaN(a[i] - b[i]) ? Infinity : Math.abs(a[i] - b[i]))
    most = Math.max(most, Math.abs(b[i]))
  }
  return largest / most
}

/** The weights of a model by name, as numbers. */
export function valuesOf(model: Model, name: string): { dims: readonly number[]; data: Float32Array } {
  const { dims, data } = numbersOf(model.graph.initializers.get(name)!, model.label)
  return { dims, data: data as Float32Array }
}
