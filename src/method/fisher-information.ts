import { oneHot, softened } from '../learner/index.ts'
import type { RowValues } from './method.ts'
import type { Network } from './network.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** How much each weight matters to what a network says of some examples, gathered batch by batch. */
export interface FisherInformation extends MeasuredPart {
  /** `rows` [n × rowSize], as they are, with their stream labels. The weights must stay while it gathers. */
  add(rows: RowValues, labels: Int32Array): Promise<void>
  /** The estimate [weights], 0 or more; what was gathered is forgotten. */
  take(): Float32Array
}

/** Which of them; one of `fisherEstimates`. */
export interface FisherEstimate {
  /** What a batch adds, [weights]. */
  of(asked: Asked): Promise<Float32Array>
  /** What the sum is divided by. */
  divisor(seen: { examples: number; batches: number }, batch: number): number
  /** Does it look at the first `examples` only, and square at the end? */
  readonly isOneBatch?: boolean
}

/** The five in use, by name; see `fisherInformation`. */
export const fisherEstimates: Readonly<Record<string, FisherEstimate>> = {
  empirical: { of: squares, divisor: ({ examples }) => examples },
  weighted: { of: weightedSquares, divisor: ({ batches }, batch) => batches * batch },
  'per-batch': { of: squaredMean, divisor: ({ batches }) => batches },
  'one-batch': { of: gradientSum, divisor: ({ examples }) => examples, isOneBatch: true },
  true: { of: squaresOfEveryLabel, divisor: ({ examples }) => examples },
}

export interface FisherOptions {
  estimate: FisherEstimate
  /** Examples of a full batch: what `weighted` divides by. */
  batch: number
  /** `one-batch` looks at so many, the first. */
  examples: number
  /** No entry is larger; 0 caps none. */
  cap: number
  /** What the network's loss, a cross-entropy over all classes so far, is fed for targets [n × columns]. */
  feeds?: (targets: Float32Array) => Readonly<Record<string, Float32Array>>
  count: Count
}

/**
 * A diagonal of the Fisher information. Five different ones go by that name, and a strength that suits one does not suit
 * another; with g the gradient of log p(y|x), over all classes so far:
 *
 *   empirical   mean over examples of g², y the true label
 *   weighted    Σ over examples of p(y|x) g², divided by batches × `batch`: a short last batch counts full (Mammoth)
 *   per-batch   mean over batches of (mean of g over the batch)² (Avalanche; PyCIL, with a cap of 1e-4)
 *   one-batch   (mean of g over the first `examples`)² (GEM's authors)
 *   true        mean over examples of Σ_y p(y|x) g_y², summed over every label and not drawn (Kirkpatrick et al.)
 *
 * Always of the network as it is evaluated: BatchNormalization by its running statistics, nothing dropped.
 *
 * Bytes  4 × weights while it gathers, and 24.
 * Costs  a gradient an example, without an update; `weighted` and `true` one forward pass more, and `true` a gradient an
 *        example for each class so far.
 * @source Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 2017. arXiv:1612.00796
 */
export function fisherInformation(
  network: Network,
  { estimate, batch, examples, cap, feeds = (targets) => ({ targets }), count }: FisherOptions,
): FisherInformation {
  const { of, divisor, isOneBatch = false } = estimate
  const nothing = () => ({ sum: new Float32Array(0), examples: 0, batches: 0 })
  let seen = nothing()
  const save = () => ({ ...seen, sum: seen.sum.slice() })
  return {
    async add(rows, labels) {
      const room = isOneBatch ? examples - seen.examples : labels.length
      const n = Math.min(room, labels.length)
      if (n <= 0) return
      const first = rows.subarray(0, (rows.length / labels.length) * n)
      const added = await of({
        network,
        rows: first,
        columns: network.columns(labels.subarray(0, n)),
        feeds,
      })
      if (seen.sum.length === 0) seen.sum = new Float32Array(added.length)
      for (let i = 0; i < added.length; i++) seen.sum[i] += added[i]
      seen.examples += n
      seen.batches++
      count(2 * added.length)
    },
    take() {
      const { sum } = seen
      const by = divisor(seen, batch)
      const highest = cap === 0 ? Number.POSITIVE_INFINITY : cap
      count(3 * sum.length)
      seen = nothing()
      return sum.map((value) => Math.min(highest, isOneBatch ? (value / by) ** 2 : value / by))
    },
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      seen = { ...saved, sum: saved.sum.slice() }
    },
    bytes: () => bytesOf(save()),
  }
}

interface Asked {
  readonly network: Network
  readonly rows: RowValues
  readonly columns: Int32Array
  readonly feeds: NonNullable<FisherOptions['feeds']>
}

/** Σ over examples of weight · g² by the label in each column: a target of √weight instead of 1 makes it so. */
function squaresOf({ network, rows, feeds }: Asked, columns: Int32Array, weights?: ArrayLike<number>) {
  const K = network.labels.length
  const targets = oneHot(columns, K)
  if (weights) columns.forEach((column, i) => (targets[i * K + column] = Math.sqrt(weights[i])))
  return network.squaredGradients({ rows, targets: feeds(targets) })
}

function squares(asked: Asked): Promise<Float32Array> {
  return squaresOf(asked, asked.columns)
}

async function weightedSquares(asked: Asked): Promise<Float32Array> {
  const K = asked.network.labels.length
  const p = await probabilities(asked)
  return squaresOf(
    asked,
    asked.columns,
    Float32Array.from(asked.columns, (column, i) => p[i * K + column]),
  )
}

async function squaresOfEveryLabel(asked: Asked): Promise<Float32Array> {
  const K = asked.network.labels.length
  const p = await probabilities(asked)
  const sum = await squaresOf(
    asked,
    asked.columns.map(() => 0),
    p.filter((_, at) => at % K === 0),
  )
  for (let k = 1; k < K; k++) {
    const ofLabel = await squaresOf(
      asked,
      asked.columns.map(() => k),
      p.filter((_, at) => at % K === k),
    )
    for (let i = 0; i < sum.length; i++) sum[i] += ofLabel[i]
  }
  return sum
}

async function squaredMean(asked: Asked): Promise<Float32Array> {
  return (await meanGradient(asked)).map((g) => g * g)
}

async function gradientSum(asked: Asked): Promise<Float32Array> {
  return (await meanGradient(asked)).map((g) => g * asked.columns.length)
}

async function meanGradient({ network, rows, columns, feeds }: Asked): Promise<Float32Array> {
  const targets = feeds(oneHot(columns, network.labels.length))
  return (await network.gradients({ rows, targets }, { mode: 'evaluation' })).gradients
}

async function probabilities({ network, rows }: Asked): Promise<Float32Array> {
  const K = network.labels.length
  return softened(await network.scores(rows), { known: K, width: K, temperature: 1 })
}
