import { sizeOf } from '../../tensor/index.ts'
import type { Loss } from './loss.ts'

/**
 * Another loss on normalised scores: z / (n · temperature), where n is the mean over tasks of the length of the scores
 * of that task's classes (plus 1e-7). The gradient goes through n.
 *
 * @param tasks which task each score belongs to, [width]
 * @source Zhang et al., "SLCA", ICCV 2023, classifier alignment. arXiv:2303.05118
 */
export function normalised(
  inner: Loss,
  { tasks, temperature }: { tasks: readonly number[]; temperature: number },
): Loss {
  return {
    ...inner,
    name: `${inner.name} of normalised scores`,
    write(emit, on) {
      const { scores } = on
      const [rows, width] = scores.dims
      if (tasks.length !== width) {
        throw new RangeError(`normalised: ${tasks.length} scores have a task, and there are ${width} scores`)
      }
      const known = [...new Set(tasks)]
      const member = new Float32Array(sizeOf([width, known.length]))
      for (const [k, task] of tasks.entries()) member[k * known.length + known.indexOf(task)] = 1
      const squares = emit.Gemm(
        emit.Mul(scores, scores),
        emit.constant({ type: 'float32', dims: [width, known.length], data: member }),
      )
      // A head of zeros has a length of 0, where the root has no slope: 1e-30 under it makes that slope 0.
      const lengths = emit.Sqrt(emit.Add(squares, emit.scalar(1e-30)))
      const sum = emit.ReduceSum(emit.Add(lengths, emit.scalar(1e-7)), [1], true)
      const n = emit.Mul(emit.Reshape(sum, [rows, 1]), emit.scalar(temperature / known.length))
      return inner.write(emit, { ...on, scores: emit.Div(scores, n) })
    },
  }
}
