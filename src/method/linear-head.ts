import { openSession, type Session, Tensor } from '../runtime/index.ts'
import { classColumns } from './class-columns.ts'
import { linearHeadStep, linearHeadStepOperations } from './linear-head-step.ts'
import type { Scores } from './method.ts'
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
  /** Every embedding is stretched to this length first; `null` takes it as it is. Default 10. */
  length?: number | null
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
 * Costs  4 · n · dimension · K operations a step and less for the rest (`linearHeadStepOperations`), and
 *        3 · n · dimension for the stretching.
 */
export function linearHead(options: LinearHeadOptions): LinearHead {
  const { dimension, learningRate, momentum, weightDecay, count, length = 10 } = options
  const columns = classColumns('linearHead')
  const none = new Float32Array(0)
  let weights: Record<'W' | 'b' | 'v' | 'vb', Float32Array> = { W: none, b: none, v: none, vb: none }

  const input = (rows: Float32Array): Float32Array => {
    if (length === null) return rows
    count(3 * rows.length)
    return stretchedRows(rows, dimension, length)
  }
  const scores = async (rows: Float32Array): Promise<Scores> => {
    const logits = await rowProducts(input(rows), weights.W, dimension)
    const K = columns.labels.length
    for (let i = 0; i < logits.length; i++) logits[i] += weights.b[i % K]
    count(2 * logits.length * dimension + logits.length)
    return logits
  }
  const save = () => ({
    labels: columns.save(),
    W: weights.W.slice(),
    b: weights.b.slice(),
    v: weights.v.slice(),
    vb: weights.vb.slice(),
  })

  return {
    get labels() {
      return columns.labels
    },
    grow(labels) {
      columns.grow(labels)
      const K = columns.labels.length
      const { W, b, v, vb } = weights
      weights = {
        W: longer(W, K * dimension),
        b: longer(b, K),
        v: longer(v, K * dimension),
        vb: longer(vb, K),
      }
    },
    async step(rows, labels, rate = learningRate) {
      checkRows('linearHead', rows, labels, dimension)
      const n = labels.length
      const K = columns.labels.length
      const t = new Float32Array(n * K)
      for (let i = 0; i < n; i++) t[i * K + columns.of(labels[i])] = 1
      const session = await stepSession(dimension)
      const next = await session.run({
        x: new Tensor('float32', input(rows), [n, dimension]),
        t: new Tensor('float32', t, [n, K]),
        W: new Tensor('float32', weights.W, [K, dimension]),
        b: new Tensor('float32', weights.b, [K]),
        v: new Tensor('float32', weights.v, [K, dimension]),
        vb: new Tensor('float32', weights.vb, [K]),
        share: scalar(1 / n),
        rate: scalar(rate),
        momentum: scalar(momentum),
        decay: scalar(weightDecay),
      })
      const data = (name: string) => next[name].data as Float32Array
      weights = { W: data('W′'), b: data('b′'), v: data('v′'), vb: data('vb′') }
      count(linearHeadStepOperations(n, dimension, K))
      return data('loss')[0]
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
      weights = { W: W.slice(), b: b.slice(), v: v.slice(), vb: vb.slice() }
    },
    bytes: () => bytesOf(save()),
  }
}

function longer(numbers: Float32Array, length: number): Float32Array {
  const grown = new Float32Array(length)
  grown.set(numbers)
  return grown
}

function scalar(value: number) {
  return new Tensor('float32', Float32Array.of(value), [])
}

/** One session a dimension for the whole process: the graph holds no state, the heads do. */
const sessions = new Map<number, Promise<Session>>()

function stepSession(dimension: number): Promise<Session> {
  let session = sessions.get(dimension)
  if (session === undefined) {
    session = openSession(linearHeadStep(dimension), { threads: 1, label: 'the linear head’s training step' })
    sessions.set(dimension, session)
  }
  return session
}
