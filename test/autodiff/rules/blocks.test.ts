import { test } from 'vitest'
import { checkRule } from '../central-differences.ts'

test.each(['DCR', 'CRD'])('channels laid out as blocks of pixels in the mode %s', async (mode) => {
  await checkRule({
    op: 'DepthToSpace',
    attributes: { blocksize: 2, mode },
    inputs: { x: { dims: [2, 8, 1, 3] } },
  })
})

test('blocks of pixels laid into channels', async () => {
  await checkRule({ op: 'SpaceToDepth', attributes: { blocksize: 2 }, inputs: { x: { dims: [1, 2, 4, 2] } } })
})
