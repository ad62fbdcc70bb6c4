import { concat, defineMethod, exemplarBuffers, oneOf, rateAt, trained, training } from 'streambed'

/**
 * Experience replay: each batch is learned beside a draw from a small buffer of exemplars.
 *
 * One cross-entropy over the concatenation, over all classes seen so far. The draw is independent of the batch and
 * without replacement; what is replayed is augmented anew. The batch is offered to the buffer AFTER the step, as it is
 * stored, once an epoch. `buffer` says who stays: reservoir, class-balanced, ring, balancoir, fifo, or greedily-balanced.
 *
 * Keeps  `exemplars` pictures with their labels, in total; the weights and their momentum. With 0 it is `naive`, to the
 *        bit. With fewer than classes, a class without an exemplar is simply not replayed.
 * Costs  (1 + replay / batch) × the training operations of `naive`.
 * @source Chaudhry et al., "On Tiny Episodic Memories in Continual Learning", 2019. arXiv:1902.10486
 */
export const er = defineMethod({
  name: 'er',
  summary: 'the whole network with experience replay of stored pictures',
  source: 'Chaudhry et al., 2019, arXiv:1902.10486',
  needs: { gradients: 'backbone', memory: 'raw images' },
  classifiers: { head: 'logits' },
  options: { ...training, exemplars: 500, replay: 32, buffer: 'reservoir' },
  start({ backbone, options, random }) {
    const { exemplars, replay } = options
    const network = trained(backbone, options, { batch: options.batch + (exemplars === 0 ? 0 : replay) })
    const buffer = oneOf('er › buffer', options.buffer, exemplarBuffers)(
      exemplars,
      backbone.rowSize,
      random('buffer'),
    )
    return {
      newClasses: network.grow,
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            const incoming = { rows: await backbone.rows(images), labels }
            const replayed = buffer.draw(replay)
            const both = concat(incoming, replayed)
            const targets = network.targets(both.labels)
            const rate = rateAt(options, place)
            const { loss } = await network.step({ rows: both.rows, targets: { targets } }, { rate })
            buffer.offer(incoming.rows, incoming.labels)
            return { loss, replayed: replayed.labels.length }
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, buffer },
    }
  },
})
