import {
  adamTraining,
  among,
  crossEntropy,
  defineMethod,
  type Images,
  kept,
  rateAt,
  StreambedError,
  trainedByAdam,
} from 'streambed'

/**
 * CODA-Prompt: the backbone is frozen; in its first blocks stand keys and values before those of the tokens, a sum of
 * components, of which each image takes more or less: Σ_m cos(q ∘ A_m, K_m) · P_m, q its embedding in the backbone as it
 * was. Nothing is chosen, and so the weighing itself learns.
 *
 * Each task opens its share of the components, which start orthogonal; those of earlier tasks go on to weigh in and do not
 * move. Adam, anew for each task, on cross-entropy over the classes of the TASK alone. The penalty for components that
 * are not orthogonal is left out: its weight is 0 in the authors' later settings.
 *
 * Keeps  blocks × components × (length × width + 2 × dimension) numbers and the head, three times with Adam's memory.
 * Costs  an embedding each time an image is shown; then a pass forward and back to the first block, without products for
 *        the frozen weights: about three passes forward, and two to answer.
 * @source Smith et al., "CODA-Prompt: COntinual Decomposed Attention-based Prompting for Rehearsal-Free Continual
 *   Learning", CVPR 2023. arXiv:2211.13218
 */
export const codaPrompt = defineMethod({
  name: 'coda-prompt',
  summary: 'a frozen backbone, prompts summed of components as each image weighs them',
  source: 'Smith et al., CVPR 2023, arXiv:2211.13218',
  needs: {
    gradients: 'backbone',
    embeddings: true,
    anatomy: 'transformer',
    memory: 'none',
    boundaries: true,
  },
  classifiers: { head: 'logits' },
  options: {
    ...adamTraining,
    epochs: 20,
    schedule: 'quarter-cosine',
    components: 100,
    /** How many tasks share them. */
    tasks: 10,
    length: 8,
    blocks: 5,
  },
  start({ backbone, options }) {
    const { components, tasks: parts, length, blocks } = options
    const taskNames = Array.from({ length: parts }, (_, t) => `components of task ${t}`)
    const network = trainedByAdam(backbone, options, {
      modules: [
        {
          kind: 'prefix-components',
          components,
          parts,
          length,
          blocks: Array.from({ length: blocks }, (_, i) => i),
        },
      ],
      groups: [
        { name: 'head', match: 'head' },
        ...taskNames.map((name, t) => ({
          name,
          match: (weight: string) => weight.split('.')[2] === `${t}`,
        })),
      ],
      loss: crossEntropy({ masked: true }),
    })
    const tasks = kept<number>(0)
    const extraOf = async (images: Images) => {
      const queries = await backbone.embed(images)
      const open = new Float32Array(images.length * components)
      const opened = (Math.max(1, tasks.value) * components) / parts
      for (let i = 0; i < images.length; i++) open.fill(1, i * components, i * components + opened)
      return { 'components.query': queries, 'components.open': open }
    }
    return {
      newClasses: network.grow,
      stages: ({ index, classes }) => {
        if (index >= parts) {
          throw new StreambedError('components-used-up', {
            what: `Task ${index + 1} has no components: ${parts} tasks share them.`,
            where: 'coda-prompt › tasks',
            mend: 'Set `tasks` to the number of tasks in the stream, and `components` to a multiple of it.',
          })
        }
        const frozen = taskNames.filter((_, t) => t !== index)
        return [
          {
            name: 'learn',
            over: { images: 'task', batch: options.batch, epochs: options.epochs },
            async step({ images, labels }, place) {
              if (place.step === 0) await network.resetOptimiser()
              tasks.value = index + 1
              const rows = await backbone.rows(images)
              const extra = await extraOf(images)
              const targets = among(network, network.targets(labels), network.columns(classes))
              const rate = rateAt(options, place)
              const { loss } = await network.step({ rows, targets, extra }, { rate, frozen })
              return { loss }
            },
          },
        ]
      },
      async predict(images) {
        if (images.length === 0 || network.labels.length === 0) return { head: new Float32Array(0) }
        const extra = await extraOf(images)
        return { head: await network.scores(await backbone.rows(images), { extra }) }
      },
      parts: { network, tasks },
    }
  },
})
