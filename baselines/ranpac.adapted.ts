import { adaptedOnce, defineMethod, type Module, oneOf, training } from 'streambed'
import { ranpac } from './ranpac.ts'

/**
 * RanPAC, both phases: a copy of the backbone is adapted to the first task, and `ranpac` stands on what it sees.
 *
 * Phase 1: as in APER, under a cosine head that is thrown away, by what `module` puts into the network. Phase 2 has the
 * adapted features alone, f is forgotten.
 *
 * Keeps  what `ranpac` does, and the copy's trained weights with their momentum.
 * Costs  training on the first task, and what `ranpac` does.
 * @source McDonnell, Gong, Parvaneh, Abbasnejad & van den Hengel, "RanPAC: Random Projections and Pre-trained Models for
 *   Continual Learning", NeurIPS 2023. arXiv:2307.02251
 */
export const ranpacAdapted = defineMethod({
  name: 'ranpac.adapted',
  summary: 'ridge regression on random features of a backbone adapted to the first task',
  source: 'McDonnell et al., NeurIPS 2023, arXiv:2307.02251',
  needs: { gradients: 'backbone', memory: 'none', boundaries: true, anatomy: 'transformer' },
  classifiers: ranpac.classifiers,
  options: {
    ...training,
    weightDecay: 5e-4,
    batch: 48,
    epochs: 20,
    schedule: 'cosine-annealing',
    /** `adapter`, `ssf`, `vpt-deep` or `vpt-shallow`. */
    module: 'adapter',
    bottleneck: 64,
    dropout: 0.1,
    tokens: 5,
    ...ranpac.options,
  },
  async start(context) {
    const { backbone, options } = context
    const { bottleneck, dropout, tokens } = options
    const module = oneOf<Module>('ranpac.adapted › module', options.module, {
      adapter: { kind: 'adapter', bottleneck, dropout },
      ssf: { kind: 'ssf' },
      'vpt-deep': { kind: 'prompts', tokens, depth: 'deep' },
      'vpt-shallow': { kind: 'prompts', tokens, depth: 'shallow' },
    })
    const adapted = adaptedOnce(backbone, options, { modules: [module] })
    const onAdapted = await ranpac.start({ ...context, backbone: { ...backbone, embed: adapted.features } })
    return {
      ...onAdapted,
      newClasses(classes) {
        adapted.grow(classes)
        onAdapted.newClasses?.(classes)
      },
      stages: (task) => [...adapted.stages(task.index), ...onAdapted.stages(task)],
      parts: { ...onAdapted.parts, adapted },
    }
  },
})
