import { defineMethod, oneOf, rateAt, trained, training } from 'streambed'

/**
 * Cumulative: with each task the whole network is trained on all images so far. Not continual; the ceiling after every
 * task, where `joint` is one after the last.
 *
 * `from: current` goes on from the weights of the task before (Avalanche, CLOFAI); `from: scratch` begins with each
 * task from the backbone again, its optimiser too.
 *
 * Keeps  the weights and their momentum; and needs all images again.
 * Costs  (T + 1) / 2 times what `naive` does on T equal tasks.
 * @source "Cumulative" of Lomonaco et al., "Avalanche", 2021. arXiv:2104.00405
 */
export const cumulative = defineMethod({
  name: 'cumulative',
  summary: 'ceiling: the whole network trained on all tasks so far',
  source: 'the upper reference of Avalanche',
  needs: { gradients: 'backbone', memory: 'none', sees: 'all tasks so far' },
  role: 'ceiling',
  classifiers: { head: 'logits' },
  options: { ...training, from: 'current' },
  start({ backbone, options }) {
    const network = trained(backbone, options)
    const anew = oneOf('cumulative › from', options.from, { current: false, scratch: true })
    return {
      newClasses: network.grow,
      stages: ({ index }) => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            if (anew && index > 0 && place.step === 0) await network.restart()
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
