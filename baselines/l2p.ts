import {
  adamTraining,
  among,
  crossEntropy,
  defineMethod,
  type Images,
  mostFrequent,
  nearestKeys,
  oneHot,
  oneOf,
  rateAt,
  trainedByAdam,
} from 'streambed'

/**
 * Learning to prompt: the backbone is frozen, and a pool of prompts learns beside the head.
 *
 * 1. The query of an image is its embedding in the backbone as it was, of the picture as it is stored.
 * 2. The `top` prompts whose keys are nearest to it by cosine join the sequence from the first block on; the head reads
 *    the mean of what leaves them.
 * 3. Adam, anew for each task, on cross-entropy over the classes of the TASK alone, less `pull` × the cosines of the
 *    chosen keys with the query, summed over the keys.
 *
 * `choice` is what happens in training: `image`, every image has its own prompts; `batch`, all of a batch have those
 * that were chosen most often in it, as the authors do. At test, theirs make an answer depend on which images come
 * together; here every image has its own, by either choice.
 *
 * Keeps  pool × (length × width + dimension) numbers and the head, three times with Adam's memory of them.
 * Costs  an embedding each time an image is shown; then a pass through a longer sequence, forward and back to the
 *        prompts, without products for the frozen weights.
 * @source Wang et al., "Learning to Prompt for Continual Learning", CVPR 2022. arXiv:2112.08654
 */
export const l2p = defineMethod({
  name: 'l2p',
  summary: 'a frozen backbone, prompts from a pool of them chosen by each image',
  source: 'Wang et al., CVPR 2022, arXiv:2112.08654',
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
    learningRate: 0.015,
    clip: 1,
    pool: 10,
    length: 10,
    top: 4,
    pull: 1,
    choice: 'image',
    /** Prompts and keys are drawn from here … */
    drawnFrom: 0,
    /** … to here, as the authors' code does it. */
    drawnTo: 0.01,
  },
  start({ backbone, options, count }) {
    const { pool, length, top, pull, drawnFrom, drawnTo } = options
    const { dimension } = backbone
    const isShared = oneOf('l2p › choice', options.choice, { image: false, batch: true })
    const network = trainedByAdam(backbone, options, {
      modules: [{ kind: 'prompt-pool', pool, length, top, pull, uniform: [drawnFrom, drawnTo] }],
      loss: crossEntropy({ masked: true }),
    })
    const query = async (images: Images) => {
      const queries = await backbone.embed(images)
      const keys = await network.weight('pool.keys')
      return { queries, nearest: await nearestKeys(queries, keys, { dimension, top, count }) }
    }
    const chosen = (queries: Float32Array, places: Int32Array) => ({
      'pool.query': queries,
      'pool.chosen': oneHot(places, pool),
    })
    return {
      newClasses: network.grow,
      stages: ({ classes }) => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            if (place.step === 0) await network.resetOptimiser()
            const rows = await backbone.rows(images)
            const { queries, nearest } = await query(images)
            const extra = chosen(queries, isShared ? mostFrequent(nearest, { top, pool }) : nearest)
            const targets = among(network, network.targets(labels), network.columns(classes))
            const { loss } = await network.step({ rows, targets, extra }, { rate: rateAt(options, place) })
            return { loss }
          },
        },
      ],
      async predict(images) {
        if (images.length === 0 || network.labels.length === 0) return { head: new Float32Array(0) }
        const { queries, nearest } = await query(images)
        const extra = chosen(queries, nearest)
        return { head: await network.scores(await backbone.rows(images), { extra }) }
      },
      parts: { network },
    }
  },
})
