import { defineMethod, greedilyBalanced, rateAt, trained, training } from 'streambed'

/**
 * GDumb: learns nothing from the stream but what to keep, and trains on that alone.
 *
 * 1. Every image is offered to a greedily balanced buffer, once.
 * 2. After each task, before it is evaluated: the network begins anew from the backbone as it came, and is trained
 *    for `epochs` passes over the buffer, one cosine over them.
 *
 * What a method gains by learning from the rest of the stream it must show against this. The paper's warm restarts of
 * the rate and its CutMix are left out.
 *
 * Keeps  `exemplars` pictures with their labels, in total; the weights and their momentum.
 * Costs  a task: epochs × exemplars training passes, however long the task is.
 * @source Prabhu et al., "GDumb: A Simple Approach that Questions Our Progress in Continual Learning", ECCV 2020.
 */
export const gdumb = defineMethod({
  name: 'gdumb',
  summary: 'the whole network trained anew after each task on a balanced buffer alone',
  source: 'Prabhu et al., ECCV 2020',
  needs: { gradients: 'backbone', memory: 'raw images' },
  classifiers: { head: 'logits' },
  options: {
    ...training,
    learningRate: 0.05,
    batch: 16,
    epochs: 30,
    schedule: 'cosine-annealing',
    exemplars: 500,
  },
  start({ backbone, options, random }) {
    const { exemplars, batch, epochs } = options
    const network = trained(backbone, options)
    const buffer = greedilyBalanced(exemplars, backbone.rowSize, random('buffer'))
    return {
      newClasses: network.grow,
      stages: () => [
        {
          name: 'collect',
          over: { images: 'task', batch: 256, epochs: 1 },
          async step({ images, labels }) {
            buffer.offer(await backbone.rows(images), labels)
          },
        },
        {
          name: 'learn',
          steps: epochs * Math.ceil(exemplars / batch),
          async stepAt(place) {
            const aPass = Math.ceil(buffer.length / batch)
            const epoch = Math.floor(place.step / aPass)
            // A buffer that is not full yet is learned in fewer steps.
            if (!(epoch < epochs)) return
            if (place.step === 0) await network.restart()
            const order = random(`task ${place.task}, pass ${epoch}`).permutation(buffer.length)
            const at = (place.step % aPass) * batch
            const { rows, labels } = buffer.at(order.subarray(at, at + batch))
            const targets = network.targets(labels)
            const rate = rateAt(options, { ...place, epoch, epochs })
            const { loss } = await network.step({ rows, targets: { targets } }, { rate })
            return { loss, replayed: labels.length }
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, buffer },
    }
  },
})
