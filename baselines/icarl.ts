import {
  among,
  binaryCrossEntropy,
  type ClassMeans,
  classMeans,
  concat,
  crossEntropy,
  defineMethod,
  evenly,
  herdedExemplars,
  kept,
  negatedSquaredDistances,
  oneOf,
  rateAt,
  type Snapshot,
  softened,
  trained,
  training,
  unitRows,
  weightedSum,
} from 'streambed'

/**
 * iCaRL: exemplars picked so that their mean is the mean of their class, distillation, and the nearest mean.
 *
 * 1. Train on the new images and all exemplars, each exemplar once an epoch. `loss: binary` is the paper's: each score a
 *    yes or no of its own, towards the old network's answer for old classes; the mean over images and classes.
 *    `loss: distillation` is PyCIL's: cross-entropy over all classes, and over the old ones the old network's at T = 2.
 * 2. m = ⌊exemplars / classes⌋. Old lists keep their first m; of each new class m are picked by herding.
 * 3. `nearest`: the nearest mean of exemplars, of features at length 1, the mean at length 1 again. `head`: the network's
 *    own scores.
 *
 * SGD begins anew with each task. Features are of images that are neither augmented nor flipped.
 *
 * Keeps  `exemplars` pictures in total, with their labels; the weights and their momentum; the weights of the last task.
 * Costs  (1 + exemplars / images) × the training operations of `naive`, and as many forward passes of the old network; a
 *        forward pass an image for herding, and one an exemplar for the means.
 * @source Rebuffi et al., "iCaRL: Incremental Classifier and Representation Learning", CVPR 2017. arXiv:1611.07725
 */
export const icarl = defineMethod({
  name: 'icarl',
  summary: 'the whole network with distillation and herded exemplars, and their nearest mean',
  source: 'Rebuffi et al., CVPR 2017, arXiv:1611.07725',
  needs: {
    gradients: 'backbone',
    memory: 'raw images',
    boundaries: true,
    scenarios: ['class-incremental', 'task-incremental'],
  },
  classifiers: { nearest: 'scores', head: 'logits' },
  options: { ...training, exemplars: 2000, loss: 'binary' },
  start({ backbone, options, random, count }) {
    const { rowSize, dimension } = backbone
    const { batch, epochs, exemplars: capacity } = options
    const isBinary = oneOf('icarl › loss', options.loss, { binary: true, distillation: false })
    const network = trained(backbone, options, {
      // BatchNormalization in training mode has to see a batch whole, however many exemplars are in it.
      batch: options.batchNorm === 'training' ? batch + capacity : batch,
      loss: isBinary
        ? binaryCrossEntropy()
        : weightedSum({
            all: [crossEntropy(), 1],
            old: [crossEntropy({ masked: true, temperature: 2 }), 1],
          }),
    })
    const exemplars = herdedExemplars(capacity, { rowSize, dimension, count })
    const before = kept<Snapshot | null>(null)
    /** Worked out of the parts when it is asked for. */
    let prototypes: ClassMeans | undefined

    /** Old classes as the old network has them, new ones as they are labelled. */
    const binary = (oneHot: Float32Array, old: Float32Array, known: number) => {
      const width = network.labels.length
      const targets = oneHot.slice()
      old.forEach((score, i) => {
        targets[Math.floor(i / known) * width + (i % known)] = 1 / (1 + Math.exp(-score))
      })
      return { targets, weights: evenly(oneHot.length / width, width) }
    }
    const distilled = (oneHot: Float32Array, old: Float32Array, known: number) => {
      const width = network.labels.length
      const wanted = known === 0 ? oneHot.map(() => 0) : softened(old, { known, width, temperature: 2 })
      const columns = Array.from({ length: known || width }, (_, k) => k)
      const { targets, mask } = among(network, wanted, columns)
      return { 'all.targets': oneHot, 'old.targets': targets, 'old.mask': mask }
    }
    const meansOfExemplars = async () => {
      const means = classMeans(dimension, { unit: true, count })
      means.grow(network.labels)
      for (const label of exemplars.labels) {
        const { rows, labels } = exemplars.of(label)
        if (labels.length === 0) continue
        const mean = classMeans(dimension, { unit: true, count })
        mean.grow([label])
        mean.add(await network.features(rows), labels)
        means.add(Float32Array.from(mean.means()), Int32Array.of(label))
      }
      return means
    }

    return {
      newClasses(classes) {
        network.grow(classes)
        prototypes = undefined
      },
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch, epochs },
          async step({ images, labels }, place) {
            if (place.step === 0) await network.resetOptimiser()
            prototypes = undefined
            const replayed = exemplars.portion(place, random)
            const both = concat({ rows: await backbone.rows(images), labels }, replayed)
            const rows = network.show(both.rows)
            const snapshot = before.value
            const old = snapshot === null ? new Float32Array(0) : await network.scores(rows, { snapshot })
            const feeds = isBinary ? binary : distilled
            const targets = feeds(network.targets(both.labels), old, snapshot?.classes ?? 0)
            const { loss } = await network.step({ rows, targets }, { rate: rateAt(options, place) })
            return { loss, replayed: replayed.labels.length }
          },
        },
        {
          name: 'herd',
          over: { images: 'task', batch: 256, epochs: 1, order: 'canonical' },
          async step({ images, labels }, { step, steps }) {
            exemplars.look(await network.features(await backbone.rows(images)), labels)
            if (step < steps - 1) return
            exemplars.pick(network.labels.length)
            before.value = await network.snapshot()
          },
        },
        {
          name: 'keep',
          over: { images: 'task', batch: 256, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            prototypes = undefined
            if (exemplars.awaits(images.length)) exemplars.take(await backbone.rows(images), labels)
            else exemplars.skip(images.length) // none of them was picked: their pixels need not be read
          },
        },
      ],
      async settle() {
        prototypes = await meansOfExemplars()
      },
      async predict(images) {
        const rows = await backbone.rows(images)
        const features = unitRows(await network.features(rows), dimension)
        prototypes ??= await meansOfExemplars()
        return {
          nearest: await negatedSquaredDistances(features, prototypes, count),
          head: await network.scores(rows),
        }
      },
      parts: { network, exemplars, before },
    }
  },
})
