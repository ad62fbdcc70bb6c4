import {
  alignedHead,
  classGaussians,
  crossEntropy,
  defineMethod,
  maskOf,
  rateAt,
  trained,
  training,
} from 'streambed'

/**
 * SLCA: the whole network is trained slowly on each task in turn, and its head is repaired afterwards on features drawn
 * of what each class was like.
 *
 * 1. Backbone and the columns of the new classes, which start small: cross-entropy over the NEW classes alone, the
 *    backbone at a hundredth of the head's rate, older columns frozen. The optimiser begins anew.
 * 2. Mean and covariance (plus 1e-4 I) of the features of each new class, unaugmented, taken once and never again.
 * 3. From the second task on: of each class c of task t_c, `samples` features a drawing, of which there are
 *    `alignmentEpochs`, from N(μ_c · (0.9 + 0.1 (t_c + 1) / (t + 1)), Σ_c); a copy of the head is aligned on them.
 *
 * The aligned head answers by the largest of its raw scores; the next task goes on from the head before it, which is
 * `raw` here.
 *
 * Keeps  the weights and their momentum, two heads, and classes × dimension²/2 float32 numbers.
 * Costs  what `naive` does an epoch; a frozen pass an image for the statistics; little for the alignment.
 * @source Zhang et al., "SLCA: Slow Learner with Classifier Alignment for Continual Learning on a Pre-trained Model",
 *   ICCV 2023. arXiv:2303.05118
 */
export const slca = defineMethod({
  name: 'slca',
  summary: 'the whole network trained slowly, its head aligned on drawn features',
  source: 'Zhang et al., ICCV 2023, arXiv:2303.05118',
  needs: {
    gradients: 'backbone',
    memory: 'none',
    boundaries: true,
    scenarios: ['class-incremental', 'task-incremental'],
  },
  classifiers: { aligned: 'logits', raw: 'logits' },
  options: {
    ...training,
    backboneRate: 0.01,
    weightDecay: 5e-4,
    batch: 128,
    epochs: 20,
    schedule: 'step',
    drops: '18',
    /** τ, by which normalised scores are divided. */
    temperature: 0.1,
    /** Features drawn of each class, and examples of a batch of the alignment. */
    samples: 256,
    alignmentEpochs: 5,
    alignmentRate: 0.01,
  },
  start({ backbone, options, random, count }) {
    const { momentum, weightDecay, temperature, samples, alignmentEpochs, alignmentRate } = options
    const network = trained(backbone, options, {
      loss: crossEntropy({ masked: true }),
      headInit: 'truncated-normal',
    })
    const statistics = classGaussians(backbone.dimension, { jitter: 1e-4, count })
    const head = alignedHead(backbone, {
      rate: alignmentRate,
      momentum,
      weightDecay,
      epochs: alignmentEpochs,
      batch: samples,
      temperature,
    })
    return {
      newClasses(classes) {
        network.grow(classes)
        statistics.grow(classes)
        head.grow(classes)
      },
      stages: ({ index, classes }) => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            if (place.step === 0) await network.resetOptimiser()
            const rows = await backbone.rows(images)
            const columns = [...network.columns(classes)]
            const mask = maskOf(columns, labels.length, network.labels.length)
            const targets = { targets: network.targets(labels), mask }
            const { loss } = await network.step({ rows, targets }, { rate: rateAt(options, place), columns })
            return { loss }
          },
        },
        {
          name: 'statistics',
          over: { images: 'task', batch: 256, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            await statistics.add(await network.features(await backbone.rows(images)), labels)
          },
        },
        ...(index === 0
          ? []
          : [
              head.stage(network, {
                draw: (epoch, again) =>
                  statistics.draw({
                    each: samples,
                    random: random(`features of task ${index}, drawing ${epoch}`),
                    mean: (label) => 0.9 + (0.1 * (head.taskOf(label) + 1)) / (index + 1),
                    again,
                  }),
              }),
            ]),
      ],
      predict: async (images) => head.scores(network, await network.features(await backbone.rows(images))),
      parts: { network, statistics, head },
    }
  },
})
