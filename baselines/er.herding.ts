import { concat, defineMethod, herdedExemplars, rateAt, trained, training } from 'streambed'

/**
 * Replay of herded exemplars: each task is learned beside pictures of earlier ones that were picked for how well they
 * stand for their class.
 *
 * 1. The images of a task and all exemplars are learned together, each exemplar once an epoch; one cross-entropy over
 *    all classes so far. SGD begins anew with each task.
 * 2. m = ⌊exemplars / classes⌋. Old lists keep their first m; of each new class m are picked by herding on the features
 *    of the network as it is then.
 *
 * What sets it apart from `er`: who is kept is no matter of chance and known only at a task's end, and a batch is joined
 * by its share of all exemplars and not by a draw.
 *
 * Keeps  `exemplars` pictures in total, with their labels; the weights and their momentum.
 * Costs  (1 + exemplars / images of a task) × the training operations of `naive`, and a forward pass an image for
 *        herding.
 * @source The `replay` of Zhou et al., "PyCIL: A Python Toolbox for Class-Incremental Learning", 2021. arXiv:2112.12533;
 *   herding: Rebuffi et al., "iCaRL", CVPR 2017. arXiv:1611.07725
 */
export const erHerding = defineMethod({
  name: 'er.herding',
  summary: 'the whole network with replay of herded pictures',
  source: 'Zhou et al., 2021, arXiv:2112.12533',
  needs: {
    gradients: 'backbone',
    memory: 'raw images',
    boundaries: true,
    scenarios: ['class-incremental', 'task-incremental'],
  },
  classifiers: { head: 'logits' },
  options: { ...training, exemplars: 2000 },
  start({ backbone, options, random, count }) {
    const { rowSize, dimension } = backbone
    const { batch, epochs } = options
    const network = trained(backbone, options)
    const exemplars = herdedExemplars(options.exemplars, { rowSize, dimension, count })
    return {
      newClasses: network.grow,
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch, epochs },
          async step({ images, labels }, place) {
            if (place.step === 0) await network.resetOptimiser()
            const replayed = exemplars.portion(place, random)
            const both = concat({ rows: await backbone.rows(images), labels }, replayed)
            const targets = network.targets(both.labels)
            const rate = rateAt(options, place)
            const { loss } = await network.step({ rows: both.rows, targets: { targets } }, { rate })
            return { loss, replayed: replayed.labels.length }
          },
        },
        {
          name: 'herd',
          over: { images: 'task', batch: 256, epochs: 1, order: 'canonical' },
          async step({ images, labels }, { step, steps }) {
            exemplars.look(await network.features(await backbone.rows(images)), labels)
            if (step === steps - 1) exemplars.pick(network.labels.length)
          },
        },
        {
          name: 'keep',
          over: { images: 'task', batch: 256, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            if (exemplars.awaits(images.length)) exemplars.take(await backbone.rows(images), labels)
            else exemplars.skip(images.length) // none of them was picked: their pixels need not be read
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, exemplars },
    }
  },
})
