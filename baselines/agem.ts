import { defineMethod, episodicMemory, projectedGradient, rateAt, trained, training } from 'streambed'

/**
 * Averaged GEM: a step may not raise the loss on a random batch of all earlier tasks' memory, to first order.
 *
 * 1. Of each class of each task a uniform sample of `exemplars` is kept while the task is learned; it counts as memory
 *    from the next task on.
 * 2. g_ref: the gradient on `reference` exemplars of all earlier tasks, drawn anew for each step.
 * 3. If g · g_ref < 0, g loses the part along g_ref (`projectedGradient`).
 * 4. A step of plain SGD. Cross-entropy over all classes so far, for the batch and the reference.
 *
 * Keeps  `exemplars` pictures with their labels for each class of each task, and the weights.
 * Costs  (1 + reference / batch) × the training operations of `naive`, whatever the number of tasks.
 * @source Chaudhry et al., "Efficient Lifelong Learning with A-GEM", ICLR 2019. arXiv:1812.00420
 */
export const agem = defineMethod({
  name: 'agem',
  summary: 'the whole network, no step against the gradient of a draw from memory',
  source: 'Chaudhry et al., ICLR 2019, arXiv:1812.00420',
  needs: { gradients: 'backbone', memory: 'raw images', boundaries: true },
  classifiers: { head: 'logits' },
  options: {
    ...training,
    momentum: 0,
    learningRate: 0.03,
    batch: 10,
    /** Of each class of each task. */
    exemplars: 13,
    reference: 256,
  },
  start({ backbone, options, random, count }) {
    const { exemplars, reference, batch } = options
    const network = trained(backbone, options, { batch: Math.max(batch, reference) })
    const memory = episodicMemory({
      rowSize: backbone.rowSize,
      each: exemplars,
      share: 'class',
      keeps: 'sample',
      chance: random('memory'),
    })
    const gradients = (rows: Parameters<typeof network.show>[0], labels: Int32Array) =>
      network.gradients({ rows, targets: { targets: network.targets(labels) } })
    return {
      newClasses: network.grow,
      stages: ({ index }) => [
        {
          name: 'learn',
          over: { images: 'task', batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            const rows = await backbone.rows(images)
            const now = await gradients(rows, labels)
            const drawn = memory.drawBefore(index, reference)
            let gradient = now.gradients
            if (drawn.labels.length > 0) {
              const then = await gradients(drawn.rows, drawn.labels)
              gradient = await projectedGradient(gradient, then.gradients, count)
            }
            await network.apply(gradient, { rate: rateAt(options, place) })
            memory.offer(index, rows, labels)
            return { loss: now.loss, replayed: drawn.labels.length }
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, memory },
    }
  },
})
