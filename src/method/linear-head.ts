import {
  crossEntropy,
  embeddingNetwork,
  type Group,
  type LearnerState,
  learner,
  oneHot,
  sgd,
} from '../learner/index.ts'
import { classColumns } from './class-columns.ts'
import type { Scores } from './method.ts'
import type { NetworkBase } from './network-base.ts'
import { rowProducts } from './row-products.ts'
import { checkRows, stretchedRows } from './rows.ts'
import { bytesOf, type Count, type MeasuredPart } from './state.ts'

/** A softmax classifier over the classes seen so far, on embeddings. */
export interface LinearHead extends MeasuredPart {
  /** Stream label of column k at place k. */
  readonly labels: readonly number[]
  /** New classes get rows of zeros; the rows of known classes and their momentum stay as they are. */
  grow(labels: readonly number[]): void
  /**
   * One step of SGD on the mean cross-entropy of these examples. `rows` [n × dimension] is only read.
   * Gives the loss before the step. `rate` instead of the head's own, for a schedule.
   */
  step(rows: Float32Array, labels: Int32Array, rate?: number): Promise<number>
  /** Mean cross-entropy, in nats; learns nothing. */
  loss(rows: Float32Array, labels: Int32Array): Promise<number>
  /** Logits [n × K]; each row by itself, to the bit. */
  scores(rows: Float32Array): Promise<Scores>
}

export interface LinearHeadOptions {
  dimension: number
  learningRate: number
  momentum: number
  /** λ of (λ/2)‖W‖²; not applied to the bias. */
  weightDecay: number
  count: Count
  /** The run's own, `backbone.base`: it is told how many parameters are trained. */
  base?: Pick<NetworkBase, 'trains'>
  /** Every embedding is stretched to this length first; `null` takes it as it is. Default 10. */
  length?: number | null
  /** Examples of a usual step; one of more is computed in parts. Default 64. */
  batch?: number
}

/**
 * z = W x + b, trained by SGD with momentum (v ← m v + g, W ← W − η v, as PyTorch has it), from zero: the
 * problem is convex, so nothing needs to break a symmetry.
 *
 * Backbones differ in the length of their embeddings by an order of magnitude, and the largest rate that does
 * not diverge goes with 1 / length². With all at one length one default fits them all, whatever the dimension.
 * One thread: equal seeds give equal bits.
 *
 * Bytes  8 × K × (dimension + 1) with the momentum, and 4 a class.
 * Costs  what the learner counts, 4 · n · dimension · K operations a step and less for the rest; and
 *        3 · n · dimension for the stretching.
 */
export async function linearHead(options: LinearHeadOptions): Promise<LinearHead> {
  const { dimension, learningRate, momentum, weightDecay, count, length = 10, batch = 64 } = options
  const columns = classColumns('linearHead')
  const learned = await learner({
    model: embeddingNetwork(dimension),
    head: { kind: 'linear', classes: 1, init: 'zeros' }, // a column that stays empty until a class has it
    trainable: 'none',
    loss: crossEntropy(),
    optimiser: sgd({ rate: learningRate, momentum, weightDecay }),
    groups,
    batch,
    threads: 1,
    seed: 'linear head', // nothing is drawn
    count,
  })
  const byClass = (flat: Float32Array) => classesOf(flat, columns.labels.length, dimension)
  let now: ByClass | undefined

  const input = (rows: Float32Array): Float32Array => {
    if (length === null) return rows
    count(3 * rows.length)
    return stretchedRows(rows, dimension, length)
  }
  const scores = async (rows: Float32Array): Promise<Scores> => {
    now ??= byClass(learned.head())
    const logits = await rowProducts(input(rows), now.weight, dimension)
    const K = columns.labels.length
    for (let i = 0; i < logits.length; i++) logits[i] += now.bias[i % K]
    count(2 * logits.length * dimension + logits.length)
    return logits
  }
  const save = () => {
    const { weights, kept } = learned.save()
    const [W, v] = [byClass(weights), byClass(kept[0] ?? new Float32Array(weights.length))]
    return { labels: columns.save(), W: W.weight, b: W.bias, v: v.weight, vb: v.bias }
  }

  return {
    get labels() {
      return columns.labels
    },
    grow(labels) {
      columns.grow(labels)
      const missing = columns.labels.length - learned.classes
      if (missing > 0) learned.grow(missing)
      options.base?.trains(learned.entries.reduce((sum, { length }) => sum + length, 0))
      now = undefined
    },
    async step(rows, labels, rate = learningRate) {
      checkRows('linearHead', rows, labels, dimension)
      const targets = oneHot(Array.from(labels, columns.of), columns.labels.length)
      const example = { inputs: { rows: input(rows) }, targets: { targets } }
      const { loss } = await learned.step(example, { rate })
      now = undefined
      return loss
    },
    async loss(rows, labels) {
      checkRows('linearHead', rows, labels, dimension)
      const logits = await scores(rows)
      const K = columns.labels.length
      let sum = 0
      for (let i = 0; i < labels.length; i++) {
        const row = logits.subarray(i * K, (i + 1) * K)
        const highest = row.reduce((a, z) => Math.max(a, z), -Infinity)
        const partition = row.reduce((a, z) => a + Math.exp(z - highest), 0)
        sum += highest + Math.log(partition) - row[columns.of(labels[i])]
      }
      count(6 * logits.length)
      return sum / labels.length
    },
    scores,
    save,
    load(state) {
      const { labels, W, b, v, vb } = state as ReturnType<typeof save>
      columns.load(labels)
      const classes = Math.max(1, labels.length)
      const flat = (weight: Float32Array, bias: Float32Array) => flatOf({ weight, bias }, classes, dimension)
      learned.load({
        ...learned.save(),
        classes,
        weights: flat(W, b),
        kept: momentum === 0 ? [] : [flat(v, vb)],
        ages: new Uint32Array(classes),
      } satisfies LearnerState)
      now = undefined
    },
    bytes: () => bytesOf(save()),
  }
}

const groups: readonly Group[] = [
  { name: 'weights', match: (weight) => weight === 'head.weight' },
  { name: 'bias', match: () => true, weightDecay: 0 },
]

/** The numbers of a head by class: weights [K × dimension] and biases [K]. */
interface ByClass {
  weight: Float32Array
  bias: Float32Array
}

/** From the learner's order: weights [dimension × columns], then biases [columns]; the first K columns are classes. */
function classesOf(flat: Float32Array, K: number, dimension: number): ByClass {
  const columns = flat.length / (dimension + 1)
  const weight = Float32Array.from(
    { length: K * dimension },
    (_, i) => flat[(i % dimension) * columns + Math.floor(i / dimension)],
  )
  return { weight, bias: flat.slice(columns * dimension, columns * dimension + K) }
}

/** And back; a column without a class is zero. */
function flatOf({ weight, bias }: ByClass, columns: number, dimension: number): Float32Array {
  const flat = new Float32Array(columns * (dimension + 1))
  weight.forEach((value, i) => {
    flat[(i % dimension) * columns + Math.floor(i / dimension)] = value
  })
  flat.set(bias, columns * dimension)
  return flat
}
