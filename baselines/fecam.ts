import {
  classCovariances,
  classMeans,
  cosines,
  defineMethod,
  type Images,
  mahalanobis,
  oneOf,
  tukeyPower,
  unitRows,
} from 'streambed'

/**
 * FeCAM: the nearest class mean in Mahalanobis' sense, each class with its own covariance.
 *
 *   x = f^β (Tukey)     S_c ← S_c + α₁ v₁ I + α₂ v₂ (1 − I)     R_c = correlations of S_c
 *   d²_c = (x − μ_c)ᵀ R_c⁻¹ (x − μ_c)     predict argmin_c d²_c
 *
 * v₁ is the mean variance and v₂ the mean covariance of the class. The authors bring vectors to unit length in two ways,
 * `unit`: `features`, each x before means and covariances are taken, with μ_c as it comes (their ViT script, the
 * default); or `difference`, x and μ_c only when they are compared, with μ_c = (mean of f)^β (their ResNet code, preset
 * `resnet`, which also shrinks twice, and in the first task takes the nearest mean by cosine: `firstTask`). Scores
 * are −d². No training of the backbone, which the ResNet code trains on the first task.
 *
 * Keeps  half a covariance a class, as float32: dimension² × 2 bytes, and little more.
 * Costs  2 · dimension³ operations a class, and 2 · dimension² an image and class.
 * @source Goswami, Liu, Twardowski & van de Weijer, "FeCAM: Exploiting the Heterogeneity of Class Distributions in
 *   Exemplar-Free Continual Learning", NeurIPS 2023, section 3. arXiv:2309.14062
 */
export const fecam = defineMethod({
  name: 'fecam',
  summary: 'nearest class mean by the Mahalanobis distance of each class',
  source: 'Goswami et al., NeurIPS 2023, arXiv:2309.14062',
  needs: { gradients: 'none', memory: 'none', seeded: false },
  classifiers: { mahalanobis: 'scores' },
  options: { tukey: 1, alpha1: 1, alpha2: 0, shrinkages: 1, unit: 'features', firstTask: 'mahalanobis' },
  start({ backbone, options, count }) {
    const { dimension } = backbone
    const onFeatures = oneOf('fecam › unit', options.unit, { features: true, difference: false })
    const cosineFirst = oneOf('fecam › firstTask', options.firstTask, { mahalanobis: false, cosine: true })
    const covariances = classCovariances(dimension, { count })
    const means = classMeans(dimension, { unit: false, count })
    const { alpha1, alpha2, shrinkages: times } = options
    const distances = mahalanobis(covariances, { shrinkage: { alpha1, alpha2, times }, count })
    let latestTask = 0

    const unit = (rows: Float64Array) => unitRows(rows, dimension)
    const tukey = (rows: ArrayLike<number>) => tukeyPower(rows, options.tukey)
    const nearest = async (images: Images) => {
      const features = await backbone.embed(images)
      if (cosineFirst && latestTask === 0) return cosines(Float64Array.from(features), means, count)
      count((options.tukey === 1 ? 3 : 4) * features.length)
      const centres = onFeatures ? covariances.means : unit(tukey(means.means()))
      return distances.scores(unit(tukey(features)), centres)
    }
    return {
      newClasses(classes) {
        covariances.grow(classes)
        means.grow(classes)
      },
      stages: (task) => [
        {
          name: 'statistics',
          over: { images: 'task', batch: 512, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            latestTask = task.index
            const features = await backbone.embed(images)
            if (cosineFirst || !onFeatures) means.add(features, labels)
            const x = tukey(features)
            await covariances.add(onFeatures ? unit(x) : x, labels)
            count((onFeatures ? 4 : 1) * features.length)
          },
        },
      ],
      settle: distances.solve,
      predict: async (images) => ({ mahalanobis: await nearest(images) }),
      parts: {
        covariances,
        means,
        distances,
        latestTask: {
          save: () => latestTask,
          load(state) {
            latestTask = state as number
          },
        },
      },
    }
  },
})
