import { defineMethod, rateAt, trained, training } from 'streambed'

/**
 * Linear probe: on each task in turn a linear head is trained, and nothing below it. What `naive` does is learned here
 * on the features of the backbone as it came; what a method gains over both it gains by changing features well.
 *
 * Unlike `naive.head` it learns from pictures, augmented if a view says so, and from features as they are, unscaled.
 *
 * Keeps  the head and its momentum.
 * Costs  a forward pass an image and epoch.
 * @source "Frozen" or "linear probe" of most papers, in sequence.
 */
export const linearProbe = defineMethod({
  name: 'linear-probe',
  summary: 'a linear head on the network as it came, trained on each task in turn',
  source: 'the frozen reference of most papers',
  needs: { gradients: 'backbone', memory: 'none' },
  classifiers: { head: 'logits' },
  options: training,
  start({ backbone, options }) {
    const network = trained(backbone, options, { trains: 'nothing' })
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
