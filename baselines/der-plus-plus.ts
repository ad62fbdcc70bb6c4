import {
  batchInParts,
  crossEntropy,
  defineMethod,
  exemplarBuffers,
  meanSquares,
  oneOf,
  rateAt,
  scoresByExample,
  storedScores,
  trained,
  training,
  weightedSum,
} from 'streambed'

/**
 * Dark experience replay with labels: `der`, and a second draw from the same buffer that is learned by its labels.
 *
 * loss = CE(batch) + alpha · MSE(z(first draw), its stored scores) + beta · CE(second draw). The draws are independent;
 * both are augmented anew and pass through the network together with the batch. The batch is offered to the buffer
 * after the step, with the scores that it had before it; a class that came later takes no part in an exemplar's mean.
 *
 * Squares of raw scores pull without bound: where features are long, as those of a pretrained Transformer are, the
 * authors' rate of 0.03 can diverge, and a tenth of it is a start.
 *
 * Keeps  what `der` keeps.
 * Costs  (1 + 2 · replay / batch) × the training operations of `naive`.
 * @source Buzzega et al., "Dark Experience for General Continual Learning", NeurIPS 2020. arXiv:2004.07211
 */
export const derPlusPlus = defineMethod({
  name: 'der++',
  summary: 'the whole network held to stored scores and labels of replayed pictures',
  source: 'Buzzega et al., NeurIPS 2020, arXiv:2004.07211',
  needs: { gradients: 'backbone', memory: 'raw images' },
  classifiers: { head: 'logits' },
  options: {
    ...training,
    learningRate: 0.03,
    momentum: 0,
    exemplars: 500,
    replay: 32,
    alpha: 0.2,
    beta: 0.5,
    buffer: 'reservoir',
  },
  start({ backbone, options, random }) {
    const { exemplars, replay, alpha, beta } = options
    const network = trained(backbone, options, {
      batch: options.batch + 2 * replay,
      loss: weightedSum({
        now: [crossEntropy(), 1],
        stored: [meanSquares(), alpha],
        again: [crossEntropy(), beta],
      }),
    })
    const makeBuffer = oneOf('der++ › buffer', options.buffer, exemplarBuffers)
    const buffer = makeBuffer(exemplars, backbone.rowSize, random('buffer'))
    return {
      newClasses: network.grow,
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            const now = { rows: await backbone.rows(images), labels }
            const [stored, again] = [buffer.draw(replay), buffer.draw(replay)]
            const batch = batchInParts({ now, stored, again })
            const K = network.labels.length
            const then = storedScores(stored.extras, K)
            const targets = {
              'now.targets': batch.mean('now', network.targets(labels), K),
              'stored.targets': batch.place('stored', then.targets, K),
              'stored.weights': batch.mean('stored', then.weights, K),
              'again.targets': batch.mean('again', network.targets(again.labels), K),
            }
            const rate = rateAt(options, place)
            const { loss, scores } = await network.step({ rows: batch.all.rows, targets }, { rate })
            const own = scores.subarray(0, labels.length * K)
            buffer.offer(now.rows, labels, scoresByExample(own, labels.length))
            return { loss, replayed: stored.labels.length + again.labels.length }
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, buffer },
    }
  },
})
