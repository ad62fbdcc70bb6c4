import { defineMethod, featureScale, linearHead } from 'streambed'

/**
 * Naive: a linear head on frozen embeddings, trained on each task in turn and on nothing else.
 *
 * Cross-entropy over all classes seen so far, SGD at a constant rate, the optimiser's momentum kept from task
 * to task. Embeddings are scaled by the first task's images, once and for all. The lower reference: what a
 * method forgets that does nothing against forgetting.
 *
 * Costs  4 · dimension · classes operations an image and epoch, and little else.
 * @source "Finetune" of most papers; the term and the head-only form: Janson et al., 2022. arXiv:2210.04428
 */
export const naiveHead = defineMethod({
  name: 'naive.head',
  summary: 'a linear head trained on each task in turn',
  source: 'the lower reference of most papers',
  needs: { gradients: 'head', memory: 'none' },
  classifiers: { head: 'logits' },
  options: { learningRate: 0.03, momentum: 0.9, weightDecay: 0, batch: 32, epochs: 1 },
  start({ backbone, options, count }) {
    const scale = featureScale({ dimension: backbone.dimension, kind: 'each', count })
    const head = linearHead({ dimension: backbone.dimension, ...options, length: null, count })
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
            return { loss: await head.step(await scale.apply(await backbone.embed(images)), labels) }
          },
        },
      ],
      predict: async (images) => ({
        head: await head.scores(await scale.apply(await backbone.embed(images))),
      }),
      parts: { scale, head },
    }
  },
})
