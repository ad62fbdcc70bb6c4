import { classMeans, cosines, defineMethod } from 'streambed'

/**
 * SimpleCIL: the mean embedding of each class as the weight of a cosine classifier; no training.
 *
 *   p_c = (1/n_c) Σ f(x)     logit_c = cos(f(x), p_c)
 *
 * Unlike `nmc`, the means are of the raw embeddings, and the angle decides instead of the distance. The order
 * of examples does not matter. The scale σ of the authors' cosine layer is 1 and moves no prediction.
 *
 * Keeps  a float64 sum and a count a class.
 * @source Zhou et al., "Revisiting Class-Incremental Learning with Pre-Trained Models", IJCV 2024, section 4.
 *   arXiv:2303.07338
 */
export const simplecil = defineMethod({
  name: 'simplecil',
  summary: 'cosine to the class means of raw embeddings',
  source: 'Zhou et al., IJCV 2024, arXiv:2303.07338',
  needs: { gradients: 'none', memory: 'none', seeded: false },
  classifiers: { cosine: 'scores' },
  options: {},
  start({ backbone, count }) {
    const prototypes = classMeans(backbone.dimension, { unit: false, count })
    return {
      newClasses: prototypes.grow,
      stages: () => [
        {
          name: 'prototypes',
          over: { images: 'task', batch: 512, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            prototypes.add(await backbone.embed(images), labels)
          },
        },
      ],
      async predict(images) {
        const features = Float64Array.from(await backbone.embed(images))
        return { cosine: await cosines(features, prototypes, count) }
      },
      parts: { prototypes },
    }
  },
})
