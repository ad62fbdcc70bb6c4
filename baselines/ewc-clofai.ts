import {
  adam,
  binaryCrossEntropy,
  defineMethod,
  evenly,
  kept,
  type RowValues,
  rateAt,
  StreambedError,
  trained,
  training,
} from 'streambed'

const { momentum: _, ...byAdam } = training

/**
 * What CLOFAI's authors ran as EWC, kept to repeat their result; for EWC itself there is `ewc`.
 *
 * Their importance is of the batch at hand, which is of the NEW task, and not of earlier ones: at every step, the batch is
 * cut into chunks of 100, and F is the sum over chunks of (gradient of the chunk's mean of log p(second class))², whatever
 * the labels, divided by 100. The loss is the binary cross-entropy and λ/2 Σ F (w − w*)², w* the weights after the task
 * before. Nothing is kept of what mattered to that task, so that it can be expected to forget like `naive`.
 *
 * One score z, with p(second class) = 1 / (1 + e^−z): two classes, the same in all tasks. Adam, whose moments go on
 * across tasks. F is taken in the mode that is learned in; running statistics are moved by steps alone.
 *
 * Keeps  the weights, Adam's two moments, and F with w*.
 * Costs  from the second task on, twice the training operations of `naive`.
 * @source Doherty et al., "CLOFAI: A Dataset of Real And Fake Image Classification Tasks for Continual Learning", 2025,
 *   and its code. arXiv:2501.11140
 */
export const ewcClofai = defineMethod({
  name: 'ewc-clofai',
  summary: 'ewc as CLOFAI’s authors have it: importance of the batch at hand, not of earlier tasks',
  source: 'Doherty et al., 2025, arXiv:2501.11140',
  needs: { gradients: 'backbone', memory: 'none', boundaries: true, scenarios: ['domain-incremental'] },
  classifiers: { head: 'logits' },
  options: {
    ...byAdam,
    learningRate: 1e-4,
    batch: 128,
    lambda: 1e5,
    /** Images whose gradient is averaged before it is squared. */
    chunk: 100,
  },
  start({ backbone, options, count }) {
    const { rowSize } = backbone
    const { learningRate: rate, weightDecay, lambda, chunk } = options
    const network = trained(
      backbone,
      { ...options, momentum: 0 },
      {
        optimiser: adam({ rate, weightDecay }),
        loss: binaryCrossEntropy(),
      },
    )
    /** The two, in the order of their columns; the network has one, for the second. */
    const classes = kept<readonly number[]>([])
    const feeds = (targets: Float32Array) => ({ targets, weights: evenly(targets.length, 1) })
    /** F of this batch. */
    const importance = async (rows: RowValues) => {
      const F = new Float32Array((await network.weights()).length)
      for (let from = 0; from < rows.length; from += chunk * rowSize) {
        const part = rows.subarray(from, from + chunk * rowSize)
        const targets = feeds(new Float32Array(part.length / rowSize).fill(1))
        const { gradients } = await network.gradients({ rows: part, targets })
        for (let i = 0; i < F.length; i++) F[i] += gradients[i] ** 2 / chunk
        count(3 * F.length)
      }
      return F
    }
    const hold = (F: Float32Array, at?: Float32Array) =>
      network.setAnchor({ strength: lambda / 2, importance: F, ...(at && { at }) })

    return {
      newClasses(more) {
        classes.value = [...classes.value, ...more]
        if (classes.value.length !== 2) throw notTwo(classes.value.length)
        network.grow(classes.value.slice(1))
      },
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            const rows = await backbone.rows(images)
            const anchor = await network.anchor()
            if (anchor !== null) await hold(await importance(rows), anchor.at)
            const targets = feeds(Float32Array.from(labels, (label) => (label === classes.value[1] ? 1 : 0)))
            const { loss, penalty = 0 } = await network.step(
              { rows, targets },
              { rate: rateAt(options, place) },
            )
            if (place.step === place.steps - 1) await hold(new Float32Array((await network.weights()).length))
            return { loss: loss + penalty }
          },
        },
      ],
      async predict(images) {
        const z = await network.scores(await backbone.rows(images))
        return { head: Float32Array.from({ length: 2 * z.length }, (_, i) => (i % 2 === 0 ? 0 : z[i >> 1])) }
      },
      parts: { network, classes },
    }
  },
})

function notTwo(classes: number): StreambedError {
  return new StreambedError('two-classes-only', {
    what: `ewc-clofai tells two classes apart, and this stream has ${classes} by now.`,
    where: 'ewc-clofai',
    mend: 'Give it a stream of real and fake images, both in its first task (clofai, procedural-fakes), or use ewc.',
  })
}
