import { expect, test } from 'vitest'
import { ranpacAdapted } from '../../baselines/ranpac.adapted.ts'
import { ranpac } from '../../baselines/ranpac.ts'
import type { AdaptedOnce, Learner } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { begun, learn, numbered, oracleBackbone, passOver } from './parity/deep.ts'
import { relativeError, stream } from './parity/golden.ts'

async function taught(learner: Learner): Promise<string[][]> {
  const names: string[][] = []
  for (const task of [0, 1]) {
    const classes = [3 * task, 3 * task + 1, 3 * task + 2]
    learner.newClasses?.(classes)
    const stages = learner.stages({ index: task, classes })
    names.push(stages.map(({ name }) => name))
    if (stages.length > 1) await learn(stages[0], task, async () => {})
    await passOver(stages.at(-1)!, task)
    await learner.settle?.()
  }
  return names
}

test.each(['adapter', 'ssf', 'vpt-deep', 'vpt-shallow'])(
  'ranpac.adapted by %s is ranpac on what the adapted network sees, and on nothing else',
  async (module) => {
    const phases = { projection: 30, lambda: 1, module, learningRate: 0.3, bottleneck: 4, dropout: 0 }
    const both = await begun(ranpacAdapted as never, 'vit.onnx', { options: phases })
    expect(await taught(both)).toEqual([['adapt', 'statistics'], ['statistics']])

    const adapted = both.parts.adapted as AdaptedOnce
    const images = numbered(stream.test)
    const frozen = oracleBackbone('vit.onnx')
    expect(relativeError(await adapted.features(images), await frozen.embed(images))).toBeGreaterThan(1e-4)
    const second = await ranpac.start({
      backbone: { ...frozen, embed: adapted.features },
      options: { projection: 30, lambda: 1 },
      random: (purpose) => chance(purpose) as never,
      scenario: 'class-incremental',
      count: () => {},
    })
    expect(await taught(second)).toEqual([['statistics'], ['statistics']])
    expect(await both.predict(images)).toEqual(await second.predict(images))
  },
)

test('a module that nobody knows is refused, with those that there are', async () => {
  const options = { module: 'adaptor' }
  await expect(begun(ranpacAdapted as never, 'vit.onnx', { options })).rejects.toThrow(
    'Did you mean adapter?',
  )
})
