import { classMeans, defineMethod, negatedSquaredDistances, unitRows } from 'streambed'

/**
 * Nearest mean classifier: the floor that every method with a pretrained backbone has to beat.
 *
 *   u = f(x) / ‖f(x)‖     μ_c = (1/n_c) Σ u     predict argmin_c ‖u(x) − μ_c‖
 *
 * The means are NOT normalised again: this is not the cosine classifier (see `simplecil`). No training; the
 * order of examples does not matter. Scores are −‖u − μ_c‖².
 *
 * Keeps  a float64 sum and a count a class.
 * @source Janson, Zhang, Aljundi & Elhoseiny, "A Simple Baseline that Questions the Use of Pretrained-Models in
 *   Continual Learning", 2022. arXiv:2210.04428
 */
export const nmc = defineMethod({
  name: 'nmc',
  summary: 'nearest class mean of unit-length embeddings',
  source: 'Janson et al., 2022, arXiv:2210.04428',
  needs: { gradients: 'none', memory: 'none', seeded: false },
  classifiers: { nearest: 'scores' },
  options: {},
  start({ backbone, count }) {
    const means = classMeans(backbone.dimension, { unit: true, count })
    return {
      newClasses: means.grow,
      stages: () => [
        {
          name: 'means',
          over: { images: 'task', batch: 512, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            means.add(await backbone.embed(images), labels)
          },
        },
      ],
      async predict(images) {
        const u = unitRows(await backbone.embed(images), backbone.dimension)
        count(3 * u.length)
        return { nearest: await negatedSquaredDistances(u, means, count) }
      },
      parts: { means },
    }
  },
})
