import {
  alignedHead,
  classGaussians,
  defineMethod,
  maskOf,
  rateAt,
  surpriseOf,
  symmetricCrossEntropy,
  trained,
  training,
} from 'streambed'

const { schedule: _schedule, drops: _drops, ...shared } = training

/**
 * SLCA++: SLCA with few trained weights, a symmetric loss, and features drawn shorter the older their class is.
 *
 * 1. Trained are LoRA beside queries, keys, values and both layers of each MLP, all biases and normalisations, and the
 *    class token: a · cross-entropy + b · reverse cross-entropy over the NEW classes alone, older columns frozen. LoRA
 *    moves at `loraRate` of the head's rate in the first task and at `backboneRate` later, all else at `backboneRate`
 *    always; a cosine over the epochs takes every rate to the same `floor`.
 * 2. Mean and covariance (plus 1e-4 I) of the features of each new class, as SLCA has them.
 * 3. From the second task on a copy of the head is aligned as in SLCA, on features from N(μ_c, Σ_c), each times
 *    1 / (1 + r (t − t_c)) with r = 0.02 + 0.02 (u − 0.5), u uniform in 0 … 1. To predict, the column of class c is
 *    multiplied by 1 + 0.02 (t − t_c), which stands for features so much longer.
 *
 * LoRA begins by Hu et al.'s law, and not with singular vectors of the weights as in the authors' code.
 *
 * Keeps  the trained weights and their momentum, two heads, and classes × dimension²/2 float32 numbers.
 * Costs  3 forward passes an image and epoch, less the gradients of all that is frozen.
 * @source Zhang et al., "SLCA++: Unleash the Power of Sequential Fine-tuning for Continual Learning with Pre-training",
 *   2024. arXiv:2408.08295
 */
export const slcaPlusPlus = defineMethod({
  name: 'slca++',
  summary: 'LoRA, biases and norms trained slowly, the head aligned on drawn features',
  source: 'Zhang et al., 2024, arXiv:2408.08295',
  needs: {
    gradients: 'backbone',
    memory: 'none',
    boundaries: true,
    anatomy: 'transformer',
    scenarios: ['class-incremental', 'task-incremental'],
  },
  classifiers: { aligned: 'logits', raw: 'logits' },
  options: {
    ...shared,
    backboneRate: 0.1,
    loraRate: 0.5,
    /** Share of the head's rate that all rates fall to. */
    floor: 0.01,
    weightDecay: 5e-4,
    batch: 128,
    epochs: 20,
    rank: 4,
    /** LoRA's product is multiplied by it. */
    scale: 0.8,
    crossEntropy: 1,
    reverse: 0.1,
    /** r, by which the features of a class are drawn shorter with each task after its own; ± 0.01 by lot. */
    shortening: 0.02,
    temperature: 0.1,
    samples: 256,
    alignmentEpochs: 5,
    alignmentRate: 0.01,
  },
  start({ backbone, options, random, count }) {
    const { learningRate, backboneRate, loraRate, floor, momentum, weightDecay } = options
    const { rank, shortening, temperature, samples, alignmentEpochs, alignmentRate } = options
    const network = trained(
      backbone,
      { ...training, ...options },
      {
        modules: [{ kind: 'lora', rank, alpha: options.scale * rank, at: ['q', 'k', 'v', 'fc1', 'fc2'] }],
        trains: ['module', 'bias', 'norm', 'class token'],
        groups: [
          { name: 'head', match: 'head' },
          { name: 'lora', match: (weight) => weight.startsWith('lora.') },
          { name: 'backbone', match: 'backbone' },
        ],
        loss: symmetricCrossEntropy({ a: options.crossEntropy, b: options.reverse, masked: true }),
        headInit: 'truncated-normal',
      },
    )
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
            const targets = network.targets(labels)
            const surprise = surpriseOf(targets, network.labels.length)
            // Other classes have no part in the reverse either, where each would add a constant.
            const among = surprise.map((value, i) => (mask[i] === 0 ? value : 0))
            const whole = { ...training, schedule: 'cosine-annealing', learningRate: 1 }
            const share = (peak: number) => floor + (peak - floor) * rateAt(whole, place)
            const { loss } = await network.step(
              { rows, targets: { targets, surprise: among, mask } },
              {
                rate: learningRate,
                factors: {
                  head: share(1),
                  lora: share(index === 0 ? loraRate : backboneRate),
                  backbone: share(backboneRate),
                },
                columns,
              },
            )
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
                async draw(epoch, again) {
                  const chance = random(`features of task ${index}, drawing ${epoch}`)
                  return statistics.draw({
                    each: samples,
                    random: chance,
                    scale(label) {
                      const r = shortening + 0.02 * (chance.float() - 0.5)
                      return 1 / (1 + r * (index - head.taskOf(label)))
                    },
                    again,
                  })
                },
                fold: (label) => 1 + shortening * (index - head.taskOf(label)),
              }),
            ]),
      ],
      predict: async (images) => head.scores(network, await network.features(await backbone.rows(images))),
      parts: { network, statistics, head },
    }
  },
})
