import {
  constrainedGradient,
  crossEntropy,
  defineMethod,
  episodicMemory,
  kept,
  maskOf,
  oneOf,
  rateAt,
  trained,
  training,
} from 'streambed'

/**
 * Gradient episodic memory: a step may raise the loss on no earlier task's memory, to first order.
 *
 * 1. Every incoming example enters the ring of `exemplars` slots of its task, before the step.
 * 2. The gradient g_k of each earlier task k: on all of its ring at once.
 * 3. If g · g_k < 0 for any, g is replaced by the solution of a quadratic program whose multipliers are at least
 *    `margin` (`constrainedGradient`).
 * 4. A step of plain SGD.
 *
 * `scores: own-task` learns each example over the classes of its own task alone, as the authors do, whose setting is
 * task-incremental; `seen`, over all classes so far, is what class-incremental learning needs. Rings are shown as
 * training shows pictures, anew each time.
 *
 * Keeps  `exemplars` pictures with their labels for each task, and the weights. In a step, t + 1 gradients.
 * Costs  `naive`, and a gradient of `exemplars` images for each earlier task in every step.
 * @source Lopez-Paz and Ranzato, "Gradient Episodic Memory for Continual Learning", NeurIPS 2017. arXiv:1706.08840
 */
export const gem = defineMethod({
  name: 'gem',
  summary: 'the whole network, no step against the gradient of an earlier task’s memory',
  source: 'Lopez-Paz and Ranzato, NeurIPS 2017, arXiv:1706.08840',
  needs: { gradients: 'backbone', memory: 'raw images', boundaries: true },
  classifiers: { head: 'logits' },
  options: {
    ...training,
    momentum: 0,
    learningRate: 0.1,
    batch: 10,
    /** Of each task. */
    exemplars: 256,
    margin: 0.5,
    scores: 'seen',
  },
  start({ backbone, options, random, count }) {
    const { exemplars, margin, batch } = options
    const masked = oneOf('gem › scores', options.scores, { seen: false, 'own-task': true })
    const network = trained(backbone, options, {
      loss: crossEntropy({ masked }),
      batch: Math.max(batch, exemplars),
    })
    const memory = episodicMemory({
      rowSize: backbone.rowSize,
      each: exemplars,
      share: 'task',
      keeps: 'newest',
      chance: random('memory'),
    })
    /** By task. */
    const classes = kept<readonly (readonly number[])[]>([])
    const gradients = (rows: Parameters<typeof network.show>[0], labels: Int32Array, task: number) => {
      const columns = network.columns(classes.value[task])
      const targets = network.targets(labels)
      const mask = maskOf(columns, labels.length, network.labels.length)
      return network.gradients({ rows, targets: masked ? { targets, mask } : { targets } })
    }
    return {
      newClasses: network.grow,
      stages: ({ index, classes: own }) => [
        {
          name: 'learn',
          over: { images: 'task', batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            if (place.step === 0) classes.value = [...classes.value.slice(0, index), own]
            const rows = await backbone.rows(images)
            memory.offer(index, rows, labels)
            const references: Float32Array[] = []
            let replayed = 0
            for (let task = 0; task < index; task++) {
              const of = memory.of(task)
              references.push((await gradients(of.rows, of.labels, task)).gradients)
              replayed += of.labels.length
            }
            const now = await gradients(rows, labels, index)
            const { gradient } = await constrainedGradient(now.gradients, references, { margin, count })
            await network.apply(gradient, { rate: rateAt(options, place) })
            return { loss: now.loss, replayed }
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, memory, classes },
    }
  },
})
