import { classBalanced, concat, defineMethod, featureScale, linearHead, oneOf, reservoir } from 'streambed'

/**
 * Experience replay in front of a frozen backbone: each batch is learned beside a draw from a small buffer.
 *
 * One cross-entropy over the concatenation, over all classes seen so far; SGD at a constant rate, on embeddings
 * scaled as `naive.head` does. The draw is
 * independent of the batch and without replacement; the batch is offered to the buffer AFTER the step, once
 * an epoch. `buffer: class-balanced` shares the room equally between the classes seen instead.
 *
 * Keeps  `exemplars` embeddings with their labels, in total. With 0 it is `naive.head`, to the bit. With fewer
 *        than classes, a class without an exemplar is simply not replayed.
 * Costs  (1 + replay / batch) × the training operations of `naive.head`.
 * @source Chaudhry et al., "On Tiny Episodic Memories in Continual Learning", 2019. arXiv:1902.10486
 */
export const erHead = defineMethod({
  name: 'er.head',
  summary: 'a linear head with experience replay of stored embeddings',
  source: 'Chaudhry et al., 2019, arXiv:1902.10486',
  needs: { gradients: 'head', memory: 'embeddings' },
  classifiers: { head: 'logits' },
  options: {
    exemplars: 500,
    replay: 32,
    buffer: 'reservoir',
    learningRate: 0.03,
    momentum: 0.9,
    weightDecay: 0,
    batch: 32,
    epochs: 1,
  },
  start({ backbone, options, random, count }) {
    const scale = featureScale({ dimension: backbone.dimension, kind: 'each', count })
    const head = linearHead({ dimension: backbone.dimension, ...options, length: null, count })
    const kind = oneOf('er.head › buffer', options.buffer, { reservoir, 'class-balanced': classBalanced })
    const buffer = kind(options.exemplars, backbone.dimension, random('buffer'))
    return {
      newClasses: head.grow,
      stages: (task) => [
        {
          name: 'scale',
          over: {
            images: 'task',
            view: 'test',
            batch: 512,
            epochs: task.index === 0 ? 1 : 0,
            order: 'canonical',
          },
          async step({ images }) {
            await scale.add(await backbone.embed(images))
          },
        },
        {
          name: 'learn',
          over: { images: 'task', view: 'train', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }) {
            const incoming = { rows: await backbone.embed(images), labels }
            const replayed = buffer.draw(options.replay)
            const both = concat(incoming, replayed)
            const loss = await head.step(await scale.apply(both.rows), both.labels)
            buffer.offer(incoming.rows, incoming.labels)
            return { loss, replayed: replayed.labels.length }
          },
        },
      ],
      predict: async (images) => ({
        head: await head.scores(await scale.apply(await backbone.embed(images))),
      }),
      parts: { scale, head, buffer },
    }
  },
})
