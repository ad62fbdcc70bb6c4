import { defineMethod, discriminant, sharedCovariance } from 'streambed'

/**
 * Deep streaming linear discriminant analysis: class means and one shared covariance, learned in one pass.
 *
 *   d = x − μ_y     S ← (N S + N/(N+1) d dᵀ) / (N+1)     μ_y ← μ_y + d/(n_y + 1)
 *   Λ = ((1 − ε) S + ε I)⁻¹     score_c = xᵀ Λ μ_c − ½ μ_cᵀ Λ μ_c
 *
 * Exact for each example in its order, and computed a block at a time. Only classes with an example compete
 * (in the authors' code one that was never seen has score 0 and can win). Raw embeddings; no base set. Scores
 * are log posteriors up to a constant, for equal priors.
 *
 * Keeps  dimension² and classes × dimension float64 numbers.
 * Costs  2 · dimension² operations an example, and 2 · dimension³ a task for the inverse.
 * @source Hayes & Kanan, "Lifelong Machine Learning with Deep Streaming Linear Discriminant Analysis", CVPRW
 *   2020, section 3. arXiv:1909.01520
 */
export const slda = defineMethod({
  name: 'slda',
  summary: 'streaming linear discriminant analysis on embeddings',
  source: 'Hayes & Kanan, CVPRW 2020, arXiv:1909.01520',
  needs: { gradients: 'none', memory: 'none', seeded: false },
  classifiers: { discriminant: 'logits' },
  options: { epsilon: 1e-4 },
  start({ backbone, options, count }) {
    const statistics = sharedCovariance(backbone.dimension, { count })
    const classifier = discriminant(statistics, { epsilon: options.epsilon, count })
    return {
      newClasses: statistics.grow,
      stages: () => [
        {
          name: 'statistics',
          over: { images: 'task', batch: 512, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            await statistics.add(await backbone.embed(images), labels)
          },
        },
      ],
      settle: classifier.solve,
      predict: async (images) => ({ discriminant: await classifier.scores(await backbone.embed(images)) }),
      parts: { statistics },
    }
  },
})
