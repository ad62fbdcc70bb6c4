import { defineMethod, featureScale, type Images, linearHead, oneOf, plateau } from 'streambed'

/**
 * Joint: a linear head trained on all tasks at once. Not continual; the ceiling of what a linear head on these
 * embeddings can reach.
 *
 * A tenth of each class's training images is held out. When the loss on them has not improved for `patience`
 * epochs, the best weights are taken back and the rate falls to a tenth; after `decays` falls, or `epochs` in
 * all, training ends. The weights with the lowest validation loss are the result. Embeddings are whitened by the
 * training images, which changes no linear function and makes the descent short.
 *
 * Keeps  the head twice: as it trains, and the best so far.
 * @source "Joint" or "offline" of most papers; the schedule is the classic reduction on a plateau.
 */
export const jointHead = defineMethod({
  name: 'joint.head',
  summary: 'ceiling: a linear head trained on all tasks at once',
  source: 'the upper reference of most papers',
  needs: { gradients: 'head', memory: 'none', sees: 'all tasks at once', validation: 0.1 },
  role: 'ceiling',
  classifiers: { head: 'logits' },
  options: {
    scaling: 'whitened',
    learningRate: 0.03,
    momentum: 0.9,
    weightDecay: 0,
    batch: 256,
    epochs: 40,
    patience: 2,
    decays: 2,
  },
  async start({ backbone, options, count }) {
    const kind = oneOf('joint.head › scaling', options.scaling, {
      each: 'each',
      whitened: 'whitened',
    } as const)
    const scale = featureScale({ dimension: backbone.dimension, kind, count })
    const { dimension, base } = backbone
    const head = await linearHead({ dimension, base, ...options, length: null, count })
    const best = await linearHead({ dimension, base, ...options, length: null, count })
    const scaled = async (images: Images) => scale.apply(await backbone.embed(images))
    const watch = plateau({ ...options, factor: 0.1, tolerance: 1e-3 })
    return {
      newClasses(classes) {
        head.grow(classes)
        best.grow(classes)
      },
      stages: () => [
        {
          name: 'scale',
          over: { images: 'task', batch: 512, epochs: 1, order: 'canonical' },
          async step({ images }) {
            await scale.add(await backbone.embed(images))
          },
        },
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }) {
            const rate = options.learningRate * watch.rate
            return { loss: await head.step(await scaled(images), labels, rate) }
          },
          check: {
            batch: 1024,
            async step({ images, labels }) {
              watch.add(await head.loss(await scaled(images), labels), labels.length)
            },
            flat() {
              const { better, lowered, flat } = watch.endPass()
              if (better) best.load(head.save())
              if (lowered) head.load(best.save())
              return flat
            },
          },
        },
      ],
      predict: async (images) => ({ head: await best.scores(await scaled(images)) }),
      parts: { scale, head, best, watch },
    }
  },
})
