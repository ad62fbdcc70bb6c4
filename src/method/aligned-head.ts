import { cosineAnnealing, crossEntropy, normalised, sgd } from '../learner/index.ts'
import { kept } from './kept.ts'
import type { Backbone, OwnStage, Scores } from './method.ts'
import { type Network, network } from './network.ts'
import { onFeatures } from './on-features.ts'
import { rowProducts } from './row-products.ts'
import type { Rows } from './rows.ts'
import { bytesOf, type MeasuredPart } from './state.ts'

/** A second head of a network, repaired on drawn features after each task; the network keeps the first. */
export interface AlignedHead extends MeasuredPart {
  /** Classes of the next task: until the next alignment the network's own head answers. */
  grow(labels: readonly number[]): void
  /** The task that a class came in, from 0. */
  taskOf(label: number): number
  /** A stage that begins with the network's head as it is, and takes K batches of each of its drawings. */
  stage(of: Network, from: Alignment): OwnStage
  /** [n × K] of features [n × dimension], by this head and by the network's own. */
  scores(of: Network, features: Float32Array): Promise<{ aligned: Scores; raw: Scores }>
}

export interface Alignment {
  /** Features of an epoch, as many of each class as a batch has examples; `again` as in `DrawOptions`. */
  draw(epoch: number, again: boolean): Promise<Rows>
  /** When it is done, what the column of each class is multiplied by (its bias is not); 1 unless said. */
  fold?: (label: number) => number
}

export interface AlignedHeadOptions {
  rate: number
  momentum: number
  weightDecay: number
  epochs: number
  batch: number
  /** τ of the normalised scores. */
  temperature: number
}

/**
 * Classifier alignment: a head trained on features drawn of every class seen, as many of each, by the cross-entropy of
 * normalised scores z / (n τ), n the mean over tasks of the length of their scores. SGD begins anew each time, its rate
 * annealed by a cosine over the epochs. The features of an epoch are drawn again by a run that was stopped in it, and
 * not kept.
 *
 * Bytes  8 × K × (dimension + 1) with the momentum, and 12 a class.
 * @source Zhang et al., "SLCA", ICCV 2023, section 3.3. arXiv:2303.05118
 */
export function alignedHead(backbone: Backbone, options: AlignedHeadOptions): AlignedHead {
  const { dimension, base } = backbone
  const { rate: peak, momentum, weightDecay, epochs, batch, temperature } = options
  /** By column. */
  const tasks = kept<readonly number[]>([])
  const isAligned = kept<boolean>(false)
  const head = network(onFeatures(backbone), {
    name: 'aligned',
    loss: () => normalised(crossEntropy(), { tasks: tasks.value, temperature }),
    optimiser: sgd({ rate: peak, momentum, weightDecay }),
    batch,
  })
  const rateOf = (epoch: number) =>
    cosineAnnealing({ peak }).rate({ step: epoch, steps: epochs, task: 0, overall: 0 })
  /** Not by the networks themselves: evaluating makes none. */
  const scored = async (features: Float32Array, values: Float32Array): Promise<Scores> => {
    const K = head.labels.length
    const weights = values.subarray(0, dimension * K)
    const byClass = weights.map((_, i) => weights[(i % dimension) * K + Math.floor(i / dimension)])
    const scores = await rowProducts(features, byClass, dimension)
    base.count(2 * scores.length * dimension + scores.length)
    return scores.map((score, i) => score + values[dimension * K + (i % K)])
  }
  let drawn: { key: string; rows: Rows } | undefined
  const save = () => ({ head: head.save(), tasks: tasks.save(), isAligned: isAligned.save() })

  return {
    grow(labels) {
      head.grow(labels)
      const added = head.labels.length - tasks.value.length
      const task = 1 + (tasks.value.at(-1) ?? -1)
      tasks.value = [...tasks.value, ...new Array<number>(added).fill(task)]
      isAligned.value = false
    },
    taskOf: (label) => tasks.value[head.columns([label])[0]],
    stage(of, { draw, fold }) {
      const K = head.labels.length
      return {
        name: 'align',
        steps: epochs * K,
        async stepAt({ task, step, steps }) {
          const [epoch, at] = [Math.floor(step / K), step % K]
          if (step === 0) {
            await head.resetOptimiser()
            await head.setHead(await of.head())
          }
          const key = `${task} ${epoch}`
          if (drawn?.key !== key) drawn = { key, rows: await draw(epoch, at > 0) }
          const { rows, labels } = batchOf(drawn.rows, at, batch)
          const targets = head.targets(labels)
          const { loss } = await head.step({ rows, targets: { targets } }, { rate: rateOf(epoch) })
          if (step === steps - 1) {
            drawn = undefined
            if (fold) await head.setHead(folded(await head.head(), head.labels.map(fold)))
            isAligned.value = true
          }
          return { loss }
        },
      }
    },
    async scores(of, features) {
      if (features.length === 0) return { aligned: new Float32Array(0), raw: new Float32Array(0) }
      const raw = await scored(features, await of.head())
      return { aligned: isAligned.value ? await scored(features, await head.head()) : raw.slice(), raw }
    },
    save,
    load(state) {
      const saved = state as ReturnType<typeof save>
      head.load(saved.head)
      tasks.load(saved.tasks)
      isAligned.load(saved.isAligned)
      drawn = undefined
    },
    bytes: () => bytesOf(save()),
  }
}

function batchOf({ rows, labels }: Rows, at: number, batch: number): Rows {
  const dimension = rows.length / labels.length
  const [from, to] = [at * batch, (at + 1) * batch]
  return { rows: rows.subarray(from * dimension, to * dimension), labels: labels.subarray(from, to) }
}

/** A head [dimension × columns] with a bias, its columns multiplied. */
function folded(head: Float32Array, factors: readonly number[]): Float32Array {
  const bias = head.length - factors.length
  return head.map((value, i) => (i < bias ? value * factors[i % factors.length] : value))
}
