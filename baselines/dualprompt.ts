import {
  adamTraining,
  among,
  crossEntropy,
  defineMethod,
  type Images,
  kept,
  nearestKeys,
  oneHot,
  rateAt,
  StreambedError,
  trainedByAdam,
} from 'streambed'

/**
 * DualPrompt: the backbone is frozen; in its first blocks a general prompt learns what all tasks share, in the next ones
 * each task has an expert of its own. Prompts are keys and values before those of the tokens.
 *
 * 1. Learning task t: the expert is t. Adam, anew for each task, on cross-entropy over the classes of the TASK alone,
 *    less `pull` × the cosine of the expert's key with the query of the image, its embedding in the backbone as it was.
 * 2. At test: the expert whose key is nearest to the query, of those of the tasks so far.
 *
 * Keeps  2 × width × (generalBlocks × generalLength + experts × expertBlocks × length) + experts × dimension numbers and
 *        the head, three times with Adam's memory of them.
 * Costs  an embedding each time an image is shown; then a pass forward and back to the first block, without products for
 *        the frozen weights: about three passes forward, and two to answer.
 * @source Wang et al., "DualPrompt: Complementary Prompting for Rehearsal-free Continual Learning", ECCV 2022.
 *   arXiv:2204.04799
 */
export const dualprompt = defineMethod({
  name: 'dualprompt',
  summary: 'a frozen backbone, a general prompt and an expert prompt of each task',
  source: 'Wang et al., ECCV 2022, arXiv:2204.04799',
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
    learningRate: 0.0025,
    clip: 1,
    generalBlocks: 2,
    generalLength: 5,
    /** How many tasks there is an expert for. */
    experts: 10,
    expertBlocks: 3,
    length: 20,
    pull: 1,
    /** Prompts and keys are drawn from here … */
    drawnFrom: 0,
    /** … to here, as the authors' code does it. */
    drawnTo: 0.01,
  },
  start({ backbone, options, count }) {
    const { generalBlocks, generalLength, experts: pool, expertBlocks, length, pull } = options
    const { dimension } = backbone
    const uniform = [options.drawnFrom, options.drawnTo] as const
    const blocks = Array.from({ length: generalBlocks + expertBlocks }, (_, i) => i)
    const [general, expert] = [blocks.slice(0, generalBlocks), blocks.slice(generalBlocks)]
    const network = trainedByAdam(backbone, options, {
      modules: [
        { kind: 'prefixes', length: generalLength, blocks: general, uniform },
        { kind: 'prefix-pool', pool, length, blocks: expert, pull, uniform },
      ],
      loss: crossEntropy({ masked: true }),
    })
    const tasks = kept<number>(0)
    const chosen = (queries: Float32Array, experts: ArrayLike<number>) => ({
      'pool.query': queries,
      'pool.chosen': oneHot(experts, pool),
    })
    const nearest = async (images: Images) => {
      const queries = await backbone.embed(images)
      const keys = await network.weight('pool.keys')
      const among = Math.max(1, tasks.value)
      return chosen(queries, await nearestKeys(queries, keys, { dimension, top: 1, among, count }))
    }
    return {
      newClasses: network.grow,
      stages: ({ index, classes }) => {
        if (index >= pool) {
          throw new StreambedError('experts-used-up', {
            what: `Task ${index + 1} has no expert: there are ${pool}.`,
            where: 'dualprompt › experts',
            mend: 'Set `experts` to the number of tasks in the stream.',
          })
        }
        return [
          {
            name: 'learn',
            over: { images: 'task', batch: options.batch, epochs: options.epochs },
            async step({ images, labels }, place) {
              if (place.step === 0) await network.resetOptimiser()
              tasks.value = index + 1
              const rows = await backbone.rows(images)
              const extra = chosen(await backbone.embed(images), new Int32Array(images.length).fill(index))
              const targets = among(network, network.targets(labels), network.columns(classes))
              const { loss } = await network.step({ rows, targets, extra }, { rate: rateAt(options, place) })
              return { loss }
            },
          },
        ]
      },
      async predict(images) {
        if (images.length === 0 || network.labels.length === 0) return { head: new Float32Array(0) }
        const extra = await nearest(images)
        return { head: await network.scores(await backbone.rows(images), { extra }) }
      },
      parts: { network, tasks },
    }
  },
})
