import { expect, test } from 'vitest'
import { StreambedError } from '../../src/error.ts'
import { buildModel, readModel } from '../../src/onnx/index.ts'
import { findBlocks } from '../../src/rewriting/index.ts'
import { small as smallCnn } from '../fixtures/small-models.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { forward } from './reference.ts'
import { apart, outputOf, pictures } from './running.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']

test.each(styles)('a small ViT in the %s spelling computes what it does by hand', async (style) => {
  const pixels = pictures(2, small.image)
  const embedding = await outputOf(smallVit(style), { pixels })
  const picture = pixels.data.subarray(3 * small.image ** 2) as Float32Array
  expect(
    apart(embedding.subarray(small.width), forward(smallVit('fused'), picture, small.image)),
  ).toBeLessThan(1e-5)
})

test.each(styles)('blocks are found in the %s spelling, whatever their tensors are called', async (style) => {
  const vit = await findBlocks(smallVit(style))
  expect([vit.blocks.length, vit.width, vit.tokens, vit.grid]).toEqual([2, 8, 10, { height: 3, width: 3 }])
  expect([vit.input, vit.classToken, vit.position, vit.patches.weight]).toEqual([
    'pixels',
    'cls',
    'pos',
    'patch.weight',
  ])
  expect(vit.norm?.gain).toBe('norm.weight')
  vit.blocks.forEach((block, i) => {
    expect(block.heads).toBe(2)
    expect([block.norm1.gain, block.norm2.bias]).toEqual([`b${i}.ln1.weight`, `b${i}.ln2.bias`])
    expect([block.proj.bias, block.fc1.bias, block.fc2.bias]).toEqual([
      `b${i}.proj.bias`,
      `b${i}.fc1.bias`,
      `b${i}.fc2.bias`,
    ])
    expect([block.fc1.inputSize, block.fc1.outputSize, block.fc2.outputSize]).toEqual([8, 32, 8])
  })
  expect(vit.blocks[1].input).toBe(vit.blocks[0].output)
})

test('weights without names of their own are found by what reads them', async () => {
  const { blocks } = await findBlocks(smallVit('torch'))
  const [{ q, k, v, proj }] = blocks
  expect([q, k, v].map(({ linear }) => linear.weight)).toEqual(
    [400, 401, 402].map((n) => `onnx::MatMul_${n}`),
  )
  expect(proj.weight).toBe('onnx::MatMul_403')
  expect([...q.columns]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('which columns of a fused layer are queries, keys and values is followed, not guessed', async () => {
  const columnsOf = async (style: Style) => {
    const { q, k, v } = (await findBlocks(smallVit(style))).blocks[0]
    return [q, k, v].map(({ columns }) => [...columns])
  }
  const run = (from: number, count = 8) => Array.from({ length: count }, (_, i) => from + i)
  expect(await columnsOf('fused')).toEqual([run(0), run(8), run(16)])
  // head by head: q0 k0 v0 q1 k1 v1, four columns each
  expect(await columnsOf('interleaved')).toEqual([0, 4, 8].map((at) => [...run(at, 4), ...run(at + 12, 4)]))
})

async function refusal(work: () => Promise<unknown>): Promise<StreambedError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof StreambedError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('a network that is no ViT is answered with what it has', async () => {
  const error = await refusal(() => findBlocks(readModel(smallCnn(), 'small.onnx')))
  expect([error.code, error.where]).toEqual(['vit-blocks-not-found', 'small.onnx'])
  expect(error.what).toBe('The graph shows no block of a Vision Transformer. It has 1 Gemm, 1 Conv.')
})

test('an attention that is no block of a ViT is named, with what is missing about it', async () => {
  const bytes = buildModel({
    inputs: { x: { type: 'float32', shape: ['batch', 4, 4] } },
    outputs: { y: { type: 'float32' } },
    nodes: [
      { op: 'Transpose', inputs: ['x'], outputs: ['t'], attributes: { perm: [0, 2, 1] } },
      { op: 'MatMul', inputs: ['x', 't'], outputs: ['s'] },
      { op: 'Softmax', name: 'weights', inputs: ['s'], outputs: ['p'], attributes: { axis: -1 } },
      { op: 'MatMul', inputs: ['p', 'x'], outputs: ['y'] },
    ],
  })
  const error = await refusal(() => findBlocks(readModel(bytes, 'attention.onnx')))
  expect(error.what).toContain(
    'It has 1 Softmax, 2 MatMul. weights: its queries do not come of one linear layer.',
  )
})
