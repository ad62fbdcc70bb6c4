import { defineMethod, randomProjection, ridgeClassifier } from 'streambed'

/**
 * RanPAC, phase 2: embeddings through a fixed random layer, and ridge regression onto the classes.
 *
 *   h = relu(f W)     G += HᵀH     Q += HᵀY     W_o = (G + λ I)⁻¹ Q     score_c = h · w_c
 *
 * W [dimension × M] is standard normal, drawn once. After each task λ is chosen anew, of 10⁻⁸ … 10⁸: fitted on the
 * first 80 % of the task's images alone, the least mean squared error on its last 20 %, in the order of their content
 * hashes, a shuffle that no seed moves. With fewer images than M the smaller, dual system gives the same. `lambda`
 * above 0 fixes it.
 *
 * Phase 1: none. The paper adapts the backbone to the first task before this; what stands here is its row
 * “without first-session PETL”, on the backbone as it is. `projection` is M: the authors' 10,000 is the preset of each
 * of their streams, and the default of 2,000 takes a hundredth of its operations.
 *
 * Keeps  M²/2 and classes × M float64 numbers, so 16 MB for M = 2,000 and 0.4 GB for 10,000, and the embeddings of
 *        the present task. W is drawn again from its seed.
 * Costs  M² operations an image, and a task 2/3 · M³ for W_o and 11 · n³ for λ, n the fewer of M and 80 % of its images.
 * @source McDonnell, Gong, Parvaneh, Abbasnejad & van den Hengel, "RanPAC: Random Projections and Pre-trained Models for
 *   Continual Learning", NeurIPS 2023, algorithm 1. arXiv:2307.02251
 */
export const ranpac = defineMethod({
  name: 'ranpac',
  summary: 'ridge regression on random features of embeddings; phase 1: none',
  source: 'McDonnell et al., NeurIPS 2023, arXiv:2307.02251',
  needs: { gradients: 'none', memory: 'none', boundaries: true },
  classifiers: { regression: 'scores' },
  options: { projection: 2000, lambda: 0 },
  start({ backbone, options, random, count }) {
    const chance = random('projection')
    const map = randomProjection(backbone.dimension, { size: options.projection, chance, count })
    const classifier = ridgeClassifier(backbone.dimension, { map, lambda: options.lambda, count })
    return {
      newClasses: classifier.grow,
      stages: () => [
        {
          name: 'statistics',
          over: { images: 'task', batch: 1024, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            await classifier.add(await backbone.embed(images), labels)
          },
        },
      ],
      settle: classifier.settle,
      chosen: classifier.chosen,
      predict: async (images) => ({ regression: await classifier.scores(await backbone.embed(images)) }),
      parts: { classifier },
    }
  },
})
