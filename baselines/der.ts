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
 * Dark experience replay: the network is held to the scores that it once gave.
 *
 * 1. loss = CE(batch) + alpha · MSE(z(drawn pictures), their stored scores); the draw is augmented anew, and passes
 *    through the network together with the batch.
 * 2. AFTER the step the batch is offered to the buffer, as it is stored, with the scores that it had, augmented,
 *    before the step. These are never refreshed.
 *
 * The head grows here: an exemplar has scores over the classes of its time, and those that came later take no part in
 * its mean. The authors' head has all its columns from the start, which is the same once all classes are announced.
 *
 * Squares of raw scores pull without bound: where features are long, as those of a pretrained Transformer are, the
 * authors' rate of 0.03 can diverge, and a tenth of it is a start.
 *
 * Keeps  `exemplars` pictures with their labels, in total, and 4 bytes a class for each; the weights.
 * Costs  (1 + replay / batch) × the training operations of `naive`.
 * @source Buzzega et al., "Dark Experience for General Continual Learning", NeurIPS 2020. arXiv:2004.07211
 */
export const der = defineMethod({
  name: 'der',
  summary: 'the whole network held to scores stored with replayed pictures',
  source: 'Buzzega et al., NeurIPS 2020, arXiv:2004.07211',
  needs: { gradients: 'backbone', memory: 'raw images' },
  classifiers: { head: 'logits' },
  options: {
    ...training,
    learningRate: 0.03,
    momentum: 0,
    exemplars: 500,
    replay: 32,
    alpha: 0.3,
    buffer: 'reservoir',
  },
  start({ backbone, options, random }) {
    const { exemplars, replay, alpha } = options
    const network = trained(backbone, options, {
      batch: options.batch + replay,
      loss: weightedSum({ now: [crossEntropy(), 1], stored: [meanSquares(), alpha] }),
    })
    const makeBuffer = oneOf('der › buffer', options.buffer, exemplarBuffers)
    const buffer = makeBuffer(exemplars, backbone.rowSize, random('buffer'))
    return {
      newClasses: network.grow,
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            const now = { rows: await backbone.rows(images), labels }
            const stored = buffer.draw(replay)
            const batch = batchInParts({ now, stored })
            const K = network.labels.length
            const then = storedScores(stored.extras, K)
            const targets = {
              'now.targets': batch.mean('now', network.targets(labels), K),
              'stored.targets': batch.place('stored', then.targets, K),
              'stored.weights': batch.mean('stored', then.weights, K),
            }
            const rate = rateAt(options, place)
            const { loss, scores } = await network.step({ rows: batch.all.rows, targets }, { rate })
            const own = scores.subarray(0, labels.length * K)
            buffer.offer(now.rows, labels, scoresByExample(own, labels.length))
            return { loss, replayed: stored.labels.length }
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, buffer },
    }
  },
})
