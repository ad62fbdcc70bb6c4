import { asTheyAre, defineMethod, ridgeClassifier } from 'streambed'

/**
 * Streaming ridge regression from embeddings onto the classes: RanPAC without its projection, “decorrelation only”.
 *
 *   G += FᵀF     Q += FᵀY     W = (G + λ I)⁻¹ Q     score_c = f · w_c
 *
 * Y is one-hot; raw embeddings, no bias. After each task λ is chosen anew, of 10⁻⁸ … 10⁸, by the last 20 % of that
 * task's images in the order of their content hashes, a shuffle that no seed moves; `lambda` above 0 fixes it.
 * No training; the statistics are those of all images so far, whatever the tasks.
 *
 * Keeps  half of dimension² and classes × dimension float64 numbers, and the embeddings of the present task.
 * Costs  dimension² operations an image, and 12 · dimension³ a task, nearly all of it the choice of λ.
 * @source McDonnell et al., "RanPAC: Random Projections and Pre-trained Models for Continual Learning", NeurIPS
 *   2023, the row “no RPs” of its ablation. arXiv:2307.02251
 */
export const ridge = defineMethod({
  name: 'ridge',
  summary: 'streaming ridge regression on embeddings',
  source: 'McDonnell et al., NeurIPS 2023, arXiv:2307.02251 (without projection)',
  needs: { gradients: 'none', memory: 'none', boundaries: true, seeded: false },
  classifiers: { regression: 'scores' },
  options: { lambda: 0 },
  start({ backbone, options, count }) {
    const map = asTheyAre(backbone.dimension)
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
