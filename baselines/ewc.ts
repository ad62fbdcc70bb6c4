import {
  among,
  consolidation,
  crossEntropy,
  defineMethod,
  fisherEstimates,
  fisherInformation,
  oneOf,
  rateAt,
  trained,
  training,
} from 'streambed'

/**
 * Elastic weight consolidation: after each task the weights that mattered to it are held, as firmly as they mattered.
 *
 * 1. Train on the task; from the second on, loss = cross-entropy + λ' Σ F (w − w*)².
 * 2. Over the task's images, unaugmented: the Fisher information F; and w*, the weights as they are now. Columns of the
 *    head that come later are not pulled.
 *
 * Five estimates of F (`fisher`), three books of them (`bookkeeping`), and λ' = λ or λ/2 (`penalty`) go by this name; a
 * result without those three cannot be repeated. `cap` is the largest entry of F. `crossEntropy: local` is over the
 * classes of the task alone, as PyCIL has it.
 *
 * Keeps  the weights and their momentum, F and w*; once more for each task when they are kept `separate`.
 * Costs  the training operations of `naive`, with a few a weight more; a gradient an image after each task, and with
 *        `fisher: true` one for each class so far.
 * @source Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 2017. arXiv:1612.00796
 */
export const ewc = defineMethod({
  name: 'ewc',
  summary: 'the whole network, its weights held by how much they mattered to earlier tasks',
  source: 'Kirkpatrick et al., PNAS 2017, arXiv:1612.00796',
  needs: { gradients: 'backbone', memory: 'none', boundaries: true },
  classifiers: { head: 'logits' },
  options: {
    ...training,
    /** Mammoth's on Split CIFAR-10. Rate times λ' times the largest F has to stay below 1, or the weights run away. */
    lambda: 10,
    /** `lambda/2`: the paper, PyCIL, CLOFAI. `lambda`: Mammoth, Avalanche, GEM's authors. */
    penalty: 'lambda/2',
    /** `empirical`, `weighted`, `per-batch`, `one-batch` or `true`. */
    fisher: 'empirical',
    /** Images of a batch of the Fisher pass. */
    fisherBatch: 32,
    /** How many `one-batch` looks at. */
    fisherExamples: 256,
    /** Largest entry of F; 0 caps none. */
    cap: 0,
    /** `separate`, `online` or `averaged`. */
    bookkeeping: 'online',
    /** What `online` keeps of the F before. */
    gamma: 1,
    crossEntropy: 'global',
    /** Is the optimiser's memory `kept` from task to task, or `reset`? */
    optimiserState: 'kept',
  },
  start({ backbone, options, count }) {
    const { lambda, gamma, fisherBatch, fisherExamples, cap } = options
    const network = trained(backbone, options, { loss: crossEntropy({ masked: true }) })
    const share = oneOf('ewc › penalty', options.penalty, { lambda: 1, 'lambda/2': 1 / 2 })
    const isLocal = oneOf('ewc › crossEntropy', options.crossEntropy, { global: false, local: true })
    const isReset = oneOf('ewc › optimiserState', options.optimiserState, { kept: false, reset: true })
    const books = { separate: 'separate', online: 'online', averaged: 'averaged' } as const
    const fisher = fisherInformation(network, {
      estimate: oneOf('ewc › fisher', options.fisher, fisherEstimates),
      batch: fisherBatch,
      examples: fisherExamples,
      cap,
      feeds: (targets) => among(network, targets),
      count,
    })
    const held = consolidation(network, {
      bookkeeping: oneOf('ewc › bookkeeping', options.bookkeeping, books),
      strength: share * lambda,
      gamma,
      count,
    })
    return {
      newClasses: network.grow,
      stages: ({ classes }) => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            if (isReset && place.step === 0) await network.resetOptimiser()
            const rows = await backbone.rows(images)
            const columns = isLocal ? network.columns(classes) : undefined
            const targets = among(network, network.targets(labels), columns)
            const rate = rateAt(options, place)
            const { loss, penalty = 0 } = await network.step({ rows, targets }, { rate })
            return { loss: loss + penalty + held.rest }
          },
        },
        {
          name: 'fisher',
          over: { images: 'task', batch: fisherBatch, epochs: 1, order: 'canonical' },
          async step({ images, labels }, { step, steps }) {
            await fisher.add(await backbone.rows(images), labels)
            if (step === steps - 1) await held.add(fisher.take())
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, fisher, held },
    }
  },
})
