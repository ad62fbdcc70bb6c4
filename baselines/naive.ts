import { defineMethod, rateAt, trained, training } from 'streambed'

/**
 * Naive fine-tuning: the whole network is trained on each task in turn, and nothing is done against forgetting. The
 * floor of every method that trains.
 *
 * One linear head that grows; cross-entropy over all classes seen so far; SGD whose momentum goes on across tasks.
 *
 * Keeps  the weights and their momentum.
 * Costs  3 forward passes an image and epoch (less the first layer's share).
 * @source "Fine-tuning" or "SGD" of most papers.
 */
export const naive = defineMethod({
  name: 'naive',
  summary: 'the whole network trained on each task in turn',
  source: 'the lower reference of most papers',
  needs: { gradients: 'backbone', memory: 'none' },
  classifiers: { head: 'logits' },
  options: training,
  start({ backbone, options }) {
    const network = trained(backbone, options)
    return {
      newClasses: network.grow,
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            const rows = await backbone.rows(images)
            const targets = network.targets(labels)
            const { loss } = await network.step(
              { rows, targets: { targets } },
              { rate: rateAt(options, place) },
            )
            return { loss }
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network },
    }
  },
})
