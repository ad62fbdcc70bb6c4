import { expect, test } from 'vitest'
import { checkRule, gradientsAt, type InputSpec } from '../central-differences.ts'

const weights = (...dims: number[]): InputSpec => ({ dims, range: [0.5, 1.5] })

test('LayerNormalization over the last axis, with and without a shift', async () => {
  const op = 'LayerNormalization'
  await checkRule({ op, inputs: { x: { dims: [2, 3, 8] }, gain: weights(8), shift: weights(8) } })
  await checkRule({ op, inputs: { x: { dims: [3, 8] }, gain: weights(8) }, attributes: { epsilon: 0.1 } })
  await checkRule({ op, inputs: { x: { dims: [1, 8] }, gain: weights(8), shift: weights(8) } })
})

test('LayerNormalization over several axes and over everything', async () => {
  const op = 'LayerNormalization'
  const inputs = { x: { dims: [2, 3, 4] }, gain: weights(3, 4), shift: weights(3, 4) }
  await checkRule({ op, inputs, attributes: { axis: 1 } })
  await checkRule({ op, inputs: { x: { dims: [2, 4] }, gain: weights(2, 4) }, attributes: { axis: -2 } })
})

test('LayerNormalization is exact far from 0, where the mean is much larger than the deviation', async () => {
  const inputs = { x: { dims: [2, 8], range: [99, 101] as const }, gain: weights(8), shift: weights(8) }
  await checkRule({ op: 'LayerNormalization', inputs, tolerance: 1e-3 })
})

test('a gradient at the mean or the inverse deviation of LayerNormalization is refused', async () => {
  const rule = {
    op: 'LayerNormalization',
    inputs: { x: { dims: [2, 4] }, gain: weights(4) },
    outputs: ['y', '', 'inv'],
  }
  await checkRule({ ...rule, seeded: ['y'] })
  await expect(gradientsAt({ ...rule, seeded: ['y', 'inv'] })).rejects.toMatchObject({
    code: 'unsupported-gradient',
  })
})

test('SimplifiedLayerNormalization, over the last axis and over two', async () => {
  const op = 'SimplifiedLayerNormalization'
  await checkRule({ op, inputs: { x: { dims: [2, 3, 8] }, gain: weights(8) }, attributes: { axis: -1 } })
  const inputs = { x: { dims: [2, 3, 4] }, gain: weights(3, 4) }
  await checkRule({ op, inputs, attributes: { axis: 1, epsilon: 0.1 } })
})

test.each([
  [2, 3, 2, 5],
  [1, 2, 15, 14],
  [2, 3, 7],
])('InstanceNormalization of [%d, %d, %d …]', async (...dims) => {
  const channels = dims[1]
  await checkRule({
    op: 'InstanceNormalization',
    inputs: { x: { dims }, gain: weights(channels), shift: weights(channels) },
  })
})

test('GroupNormalization with a gain a group', async () => {
  const op = 'GroupNormalization'
  const x = { dims: [2, 4, 2, 3] }
  for (const groups of [1, 2, 4]) {
    const inputs = { x, gain: weights(groups), shift: weights(groups) }
    await checkRule({ op, attributes: { num_groups: groups }, inputs })
  }
})
