import { factorise, solveBy } from '../runtime/index.ts'
import { gramStatistics, transposed } from './gram-statistics.ts'
import { keptRows } from './kept-rows.ts'
import type { Choice, PartState, Scores } from './method.ts'
import { noScore } from './nearness.ts'
import type { FeatureMap } from './random-projection.ts'
import { ridgeStrength, strengths } from './ridge-strength.ts'
import { checkRoom } from './room.ts'
import { rowProducts } from './row-products.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** Ridge regression onto the classes, its statistics built up task after task. */
export interface RidgeClassifier extends MeasuredPart {
  grow(labels: readonly number[]): void
  /** `rows` [n × dimension] embeddings, `labels` [n]. */
  add(rows: Float32Array, labels: Int32Array): Promise<void>
  /** The task is over: chooses its λ, lets its examples go, and solves. Counted as training. */
  settle(): Promise<void>
  /** The λ of the task settled last; nothing where it was given, or before the first. */
  chosen(): Record<string, Choice>
  /** [n × K]: h W of each row by itself, to the bit. A class without examples scores lowest. */
  scores(rows: Float32Array): Promise<Scores>
}

/**
 *   h = map(f)     G += HᵀH     Q += HᵀY     W = (G + λ I)⁻¹ Q     score_c = h · w_c
 *
 * in float64 over all examples so far; λ is chosen anew after each task, by its examples alone (`ridgeStrength`), or is
 * the one given. A λ that is so small that G + λ I has no factor in float64 is raised tenfold until it has. A task
 * of one example keeps the λ before it, at first 1.
 *
 * W is not state, since G, Q and λ determine it: where `settle` was not called, as after a resume, `scores` works
 * it out once more and charges nobody for it.
 *
 * Bytes  about size² × 4 + K × (size × 8 + 12), and while a task lasts its embeddings.
 * Memory five times that at its height, so 2 GB for 10,000 features.
 * Costs  size² operations an example; 2/3 · size³ a task for W, and what the choice of λ costs.
 * @throws not-enough-memory, before anything is learned
 * @source Hoerl & Kennard, "Ridge Regression", Technometrics 1970; McDonnell et al., "RanPAC", NeurIPS 2023, eq. 3
 */
export function ridgeClassifier(
  dimension: number,
  { map, lambda, count }: { map: FeatureMap; lambda: number; count: Count },
): RidgeClassifier {
  const { size } = map
  checkRoom(memoryBytes(size), {
    what: `Ridge regression on ${size} features`,
    mend: 'Ask for fewer features (an option of the method), or free memory.',
  })
  const statistics = gramStatistics(size, { count })
  const task = keptRows(dimension)
  let lambdas: number[] = []
  let solved: Float64Array | undefined
  const save = () => ({
    statistics: statistics.save(),
    task: task.save(),
    lambdas: Float64Array.from(lambdas),
  })

  /** Wᵀ, [K × size], and the λ that it took. */
  const solve = async (wanted: number) => {
    const classes = statistics.labels.length
    let used = wanted
    for (;;) {
      const factor = await factorise(statistics.gram, used).catch((error) => {
        if (error.code !== 'matrix-not-positive-definite' || used >= strengths[strengths.length - 1])
          throw error
        return undefined
      })
      if (factor) {
        const W = await solveBy(factor, statistics.targets(), classes)
        return { used, weights: transposed(W, classes) }
      }
      used *= 10
    }
  }
  const hasExamples = () => statistics.counts.some((n) => n > 0)

  return {
    grow(labels) {
      statistics.grow(labels)
      solved = undefined
    },
    async add(rows, labels) {
      await statistics.add(await map.apply(rows), labels)
      task.offer(rows, labels)
      solved = undefined
    },
    async settle() {
      if (task.length > 0) {
        const before = lambdas.at(-1) ?? 1
        const chosen = lambda > 0 ? lambda : await ridgeStrength(task.all(), { map, dimension, count })
        task.clear()
        const { used, weights } = await solve(chosen ?? before)
        lambdas.push(used)
        solved = weights
        count(Math.round((2 * size ** 3) / 3) + 2 * size ** 2 * statistics.labels.length)
      }
    },
    chosen(): Record<string, Choice> {
      const value = lambdas.at(-1)
      if (lambda > 0 || value === undefined) return {}
      return { lambda: { value, atEnd: value === strengths[0] || value === strengths.at(-1) } }
    },
    async scores(rows) {
      const classes = statistics.labels.length
      const scores = new Float32Array((rows.length / dimension) * classes).fill(noScore)
      if (!hasExamples()) return scores
      solved ??= (await solve(lambdas.at(-1) ?? 1)).weights
      const features = Float64Array.from(await map.apply(rows))
      const products = await rowProducts(features, solved, size)
      for (let i = 0; i < products.length; i++) {
        if (statistics.counts[i % classes] > 0) scores[i] = products[i]
      }
      count(2 * products.length * size)
      return scores
    },
    save,
    load(state) {
      const saved = state as { statistics: PartState; task: PartState; lambdas: Float64Array }
      statistics.load(saved.statistics)
      task.load(saved.task)
      lambdas = Array.from(saved.lambdas)
      solved = undefined
    },
    bytes: () => bytesOf(save()),
  }
}

/** G, its factor, and three copies of G while a checkpoint is written: half a matrix each. */
function memoryBytes(size: number): number {
  return 5 * 4 * size ** 2
}
