import { expect, test, vi } from 'vitest'
import { slca } from '../../baselines/slca.ts'
import type {
  ClassGaussiansOptions,
  DrawOptions,
  ImageStage,
  Images,
  OwnStage,
} from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { embeddingBackbone } from '../fixtures/backbones.ts'
import { atStep } from '../fixtures/places.ts'

const asked: DrawOptions[] = []

vi.mock('streambed', async (original) => {
  const streambed = await original<typeof import('../../src/index.ts')>()
  const classGaussians = (dimension: number, options: ClassGaussiansOptions) => {
    const statistics = streambed.classGaussians(dimension, options)
    const draw = (how: DrawOptions) => {
      asked.push(how)
      return statistics.draw(how)
    }
    return { ...statistics, draw }
  }
  return { ...streambed, classGaussians }
})

test('after the fourth task, means are drawn at 0.925, 0.95, 0.975 and 1 of their length', async () => {
  const learner = await slca.start({
    backbone: embeddingBackbone(2, ({ length }) =>
      Float32Array.from({ length: 2 * length }, (_, i) => i + 1),
    ),
    options: { ...slca.options, epochs: 1, samples: 2, alignmentEpochs: 3 },
    random: (purpose) => chance(purpose) as never,
    scenario: 'class-incremental',
    count: () => {},
  })
  const images: Images = { length: 3 }
  const labels = [40, 10, 30, 20]
  for (const [index, label] of labels.entries()) {
    asked.length = 0
    learner.newClasses?.([label])
    const [learn, statistics, align] = learner.stages({ index, classes: [label] }) as [
      ImageStage,
      ImageStage,
      OwnStage | undefined,
    ]
    await learn.step({ images, labels: new Int32Array(3).fill(label) }, atStep(0, 1))
    await statistics.step({ images, labels: new Int32Array(3).fill(label) }, atStep(0, 1))
    for (let step = 0; step < (align?.steps ?? 0); step++) await align!.stepAt(atStep(step, align!.steps))
  }
  expect(asked).toHaveLength(3) // one drawing an epoch
  const factors = labels.map((label) => asked[0].mean!(label))
  factors.forEach((factor, t) => expect(factor).toBeCloseTo([0.925, 0.95, 0.975, 1][t], 12))
})
