import { expect, test } from 'vitest'
import { lwfLocal } from '../../baselines/lwf.local.ts'
import type { Images, Network, StepReport } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { embeddingBackbone } from '../fixtures/backbones.ts'

test.each([
  [0, Math.LN2],
  [3, 4 * Math.LN2],
])(
  'scores (2, 0) before and (1, 1) now: a cross-entropy and %d times a distillation of 0.693147 each',
  async (lambda, loss) => {
    const learner = await lwfLocal.start({
      backbone: embeddingBackbone(2, () => Float32Array.of(1, 0)),
      options: { ...lwfLocal.options, lambda, learningRate: 0 },
      random: (purpose) => chance(purpose) as never,
      scenario: 'domain-incremental',
      count: () => {},
    })
    const network = learner.parts.network as Network
    const image: Images = { length: 1 }
    const step = async (task: number): Promise<StepReport> => {
      const [stage] = learner.stages({ index: task, classes: [0, 1] })
      if ('steps' in stage) throw new TypeError('a stage over images')
      const place = { task, epoch: 0, epochs: 1, step: 0, steps: 1, overall: task }
      return (await stage.step({ images: image, labels: Int32Array.of(0) }, place))!
    }
    learner.newClasses?.([0, 1])
    await network.setHead(Float32Array.of(2, 0, 0, 0, 0, 0))
    // −log softmax (2, 0) at the first; nothing is distilled in the first task
    expect((await step(0)).loss).toBeCloseTo(0.126928, 6)
    await network.setHead(Float32Array.of(1, 1, 0, 0, 0, 0))
    expect((await step(1)).loss).toBeCloseTo(loss, 5)
  },
)
