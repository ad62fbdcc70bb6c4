import { expect, test } from 'vitest'
import { printGraph, readModel } from '../../src/onnx/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { convAttention, small } from '../fixtures/small-models.ts'

test('a graph prints as one line a node', () => {
  expect(printGraph(readModel(small(), 'small'))).toBe(
    [
      'small(pixels f32[batch,3,8,8]) → logits',
      '  stem.weight = constant f32[4,3,3,3]',
      '  stem.bias = constant f32[4]',
      '  head.weight = constant f32[4,2]',
      '  head.bias = constant f32[2]',
      '  stem = Conv pixels stem.weight stem.bias {kernel_shape=[3,3] pads=[1,1,1,1]}',
      '  active = Relu stem',
      '  pooled = GlobalAveragePool active',
      '  features = Flatten pooled',
      '  logits f32[batch,2] = Gemm features head.weight head.bias',
      '',
    ].join('\n'),
  )
})

test('with shapes, every tensor says its type', async () => {
  const model = readModel(convAttention(), 'conv-attention')
  await expect(printGraph(model, await shapesOf(model, { batch: 2 }))).toMatchFileSnapshot(
    './golden/conv-attention.txt',
  )
})
