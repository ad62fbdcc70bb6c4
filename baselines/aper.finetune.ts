import {
  adaptedOnce,
  classMeans,
  cosines,
  defineMethod,
  type Images,
  type Method,
  type Needs,
  type NetworkOptions,
  type OptionValue,
  sideBySide,
  type TrainingOptions,
  training,
} from 'streambed'

/**
 * APER, first named ADAM: adapt a copy of the backbone to the first task, then classify by class means of what both see.
 *
 * 1. First task alone: the copy learns under a cosine head with a learnable scale, which is thrown away.
 * 2. Every task, the first included:  g(x) = [f(x) ; f_adapted(x)]     p_c = (1/n_c) Σ g(x)     logit_c = cos(g(x), p_c)
 *
 * Features are raw and not augmented, so that each half weighs by its length. After the first task nothing is trained.
 *
 * `aper.finetune` trains all weights of the copy; its neighbours train what they put into it, and nothing else.
 *
 * Keeps  the copy's trained weights with their momentum, and two float64 sums a class.
 * Costs  training on the first task; then two forward passes an image, at test too.
 * @source Zhou et al., "Revisiting Class-Incremental Learning with Pre-Trained Models: Generalizability and Adaptivity
 *   are All You Need", IJCV 2024. arXiv:2303.07338
 */
export const aperFinetune = aper({
  name: 'aper.finetune',
  summary: 'fine-tuned on the first task, then class means of features before and after',
  options: { ...training, weightDecay: 5e-4, batch: 128, epochs: 5, schedule: 'cosine-annealing' },
  adapts: () => ({}),
})

/** APER by what is put into the copy and trained of it; a preset says what the authors set for a stream. */
export function aper<Options extends TrainingOptions & Record<string, OptionValue>>({
  name,
  summary,
  anatomy,
  options: defaults,
  adapts,
}: {
  name: string
  summary: string
  anatomy?: NonNullable<Needs['anatomy']>
  options: Options
  adapts(options: Readonly<Options>): Partial<NetworkOptions>
}): Method<Options> {
  return defineMethod<Options>({
    name,
    summary,
    source: 'Zhou et al., IJCV 2024, arXiv:2303.07338',
    needs: {
      gradients: 'backbone',
      embeddings: true,
      memory: 'none',
      boundaries: true,
      ...(anatomy && { anatomy }),
    },
    classifiers: { cosine: 'scores' },
    options: defaults,
    start({ backbone, options, count }) {
      const { dimension } = backbone
      const adapted = adaptedOnce(backbone, options, adapts(options))
      const prototypes = classMeans(2 * dimension, { unit: false, count })
      const both = async (images: Images) =>
        sideBySide(await backbone.embed(images), await adapted.features(images), dimension)
      return {
        newClasses(classes) {
          adapted.grow(classes)
          prototypes.grow(classes)
        },
        stages: ({ index }) => [
          ...adapted.stages(index),
          {
            name: 'prototypes',
            over: { images: 'task', batch: 256, epochs: 1, order: 'canonical' },
            async step({ images, labels }) {
              prototypes.add(await both(images), labels)
            },
          },
        ],
        async predict(images) {
          if (prototypes.labels.length === 0) return { cosine: new Float32Array(0) }
          return { cosine: await cosines(Float64Array.from(await both(images)), prototypes, count) }
        },
        parts: { adapted, prototypes },
      }
    },
  })
}
