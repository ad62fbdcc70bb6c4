import { defineMethod, pathIntegral, rateAt, trained, training } from 'streambed'

/**
 * Synaptic intelligence: weights are held by how much each of them did for the loss of earlier tasks, which is added up
 * while they are learned.
 *
 * Within a task    ω ← ω − g · (w_after − w_before)    at each step, g the gradient of the cross-entropy alone
 * When it ends     Ω ← Ω + ω / ((w − w_start)² + ξ)    w* ← w
 * Afterwards       loss = cross-entropy + c Σ Ω (w − w*)²
 *
 * Our reading of the paper: no ½; w_before and w_after are the weights around the optimiser's whole step, its momentum
 * and the pull included; ω begins at 0 with each task and is not cut where it is negative; columns of the head that come
 * later are not pulled. Without momentum unless said: with it, ω is no longer a sum of squares.
 *
 * Keeps  the weights, Ω and w*; and within a task ω and w_start.
 * Costs  the training operations of `naive`, and a few a weight and step.
 * @source Zenke et al., "Continual Learning Through Synaptic Intelligence", ICML 2017. arXiv:1703.04200
 */
export const si = defineMethod({
  name: 'si',
  summary: 'the whole network, its weights held by what each did for the loss',
  source: 'Zenke et al., ICML 2017, arXiv:1703.04200',
  needs: { gradients: 'backbone', memory: 'none', boundaries: true },
  classifiers: { head: 'logits' },
  options: {
    ...training,
    momentum: 0,
    /** Strength. */
    c: 0.1,
    /** ξ. */
    xi: 0.1,
  },
  start({ backbone, options, count }) {
    const { c, xi } = options
    const network = trained(backbone, options)
    const path = pathIntegral({ xi, count })
    let before: Float32Array | undefined
    return {
      newClasses: network.grow,
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            if (place.step === 0 || before === undefined) before = await network.weights()
            if (place.step === 0) path.begin(before)
            const rows = await backbone.rows(images)
            const {
              loss,
              penalty = 0,
              gradients,
            } = await network.step(
              { rows, targets: { targets: network.targets(labels) } },
              { rate: rateAt(options, place), withGradients: true },
            )
            const after = await network.weights()
            path.follow(gradients!, before, after)
            before = after
            if (place.step === place.steps - 1) {
              const gained = path.end(after)
              const old = (await network.anchor())?.importance
              const importance = old === undefined ? gained : gained.map((more, i) => old[i] + more)
              await network.setAnchor({ strength: c, importance, at: after })
              before = undefined
            }
            return { loss: loss + penalty }
          },
        },
      ],
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),
      parts: { network, path },
    }
  },
})
