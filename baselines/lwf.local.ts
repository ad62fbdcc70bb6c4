import {
  among,
  crossEntropy,
  defineMethod,
  kept,
  type Method,
  rateAt,
  type Snapshot,
  softened,
  trained,
  training,
  weightedSum,
} from 'streambed'

const options = {
  ...training,
  /** Times the distillation. */
  lambda: 3,
  temperature: 2,
}

/**
 * Learning without forgetting: what the network said of the NEW images before it learned the task, it shall say after.
 *
 *   loss = cross-entropy + λ · −(1/n) Σ softmax(old / T) log softmax(new / T)    over the old classes' scores
 *
 * without a factor of T². The old network sees each image as it is shown to the new one, augmented alike. SGD begins
 * anew with each task; there is no warm-up of new columns.
 *
 * `lwf.local` takes its cross-entropy over the new classes alone, as PyCIL does, and `lwf.global` over all classes seen,
 * as Mammoth does. In class-incremental learning the second is hardly better than `naive`. Of the first there is no variant
 * with only a head to train: on frozen features it never moves an old column, and nothing is left to distil.
 *
 * Keeps  the weights and their momentum, and the weights at the end of the last task.
 * Costs  the training operations of `naive`, and a forward pass an image from the second task on.
 * @source Li & Hoiem, "Learning without Forgetting", ECCV 2016. arXiv:1606.09282
 */
export const lwfLocal = lwf({
  name: 'lwf.local',
  summary: 'the whole network, distilled from itself before the task; cross-entropy over new classes',
  isLocal: true,
})

/** Learning without forgetting by what its cross-entropy is over. */
export function lwf({
  name,
  summary,
  isLocal,
}: {
  name: string
  summary: string
  isLocal: boolean
}): Method<typeof options> {
  return defineMethod({
    name,
    summary,
    source: 'Li & Hoiem, ECCV 2016, arXiv:1606.09282',
    needs: { gradients: 'backbone', memory: 'none', boundaries: true },
    classifiers: { head: 'logits' },
    options,
    start({ backbone, options }) {
      const { lambda, temperature } = options
      const network = trained(backbone, options, {
        loss: weightedSum({
          task: [crossEntropy({ masked: true }), 1],
          old: [crossEntropy({ masked: true, temperature }), lambda],
        }),
      })
      const before = kept<Snapshot | null>(null)
      return {
        newClasses: network.grow,
        stages: ({ classes }) => [
          {
            name: 'learn',
            over: { images: 'task', batch: options.batch, epochs: options.epochs },
            async step({ images, labels }, place) {
              if (place.step === 0) await network.resetOptimiser()
              const rows = network.show(await backbone.rows(images))
              const columns = isLocal ? network.columns(classes) : undefined
              const task = among(network, network.targets(labels), columns)
              const old = await oldTargets(rows)
              const targets = {
                'task.targets': task.targets,
                'task.mask': task.mask,
                'old.targets': old.targets,
                'old.mask': old.mask,
              }
              const { loss } = await network.step({ rows, targets }, { rate: rateAt(options, place) })
              if (place.step === place.steps - 1) before.value = await network.snapshot()
              return { loss }
            },
          },
        ],
        predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
        parts: { network, before },
      }

      /** What the old network says; nothing in the first task, where no row has a target. */
      async function oldTargets(rows: ReturnType<typeof network.show>) {
        const width = network.labels.length
        const snapshot = before.value
        if (snapshot === null) return among(network, new Float32Array(rows.length * width))
        const known = snapshot.classes
        const scores = await network.scores(rows, { snapshot })
        const columns = Array.from({ length: known }, (_, k) => k)
        return among(network, softened(scores, { known, width, temperature }), columns)
      }
    },
  })
}
