import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { buildModel, readModel } from '../../src/onnx/index.ts'
import {
  batchNorms,
  byName,
  findBlocks,
  freezeBelow,
  ofKind,
  type Weight,
  weightsOf,
} from '../../src/rewriting/index.ts'
import { small as smallCnn } from '../fixtures/small-models.ts'
import { type Style, smallVit } from '../fixtures/small-vits.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']

test.each(styles)('freezing below a depth goes by structure, not by name (%s)', async (style) => {
  const model = smallVit(style)
  const weights = weightsOf(model, await findBlocks(model))
  const trained = (depth: number) => weights.filter(freezeBelow(depth)).map(({ name }) => name)
  expect(trained(-1)).toHaveLength(weights.length)
  expect(trained(2)).toEqual(['norm.weight', 'norm.bias'])
  const second = trained(1)
  expect(second).toContain('b1.ln1.weight')
  expect(second).toContain('b1.fc2.bias')
  expect(second.some((name) => name.startsWith('b0.') || ['cls', 'pos', 'patch.weight'].includes(name))).toBe(
    false,
  )
  // as many numbers in one block of every spelling: 12 · 8 · 8 in matrices, 9 · 8 + 5 … in biases and norms
  const size = (names: readonly string[]) =>
    weights
      .filter(({ name }) => names.includes(name))
      .reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0)
  expect(size(second)).toBe(12 * 64 + (3 + 1 + 4 + 1 + 4) * 8 + 16)
})

test.each(styles)(
  'biases, normalisations, class token and position embedding are told apart (%s)',
  async (style) => {
    const model = smallVit(style)
    const weights = weightsOf(model, await findBlocks(model))
    const names = (kind: Weight['kind']) => weights.filter(ofKind(kind)).map(({ name }) => name)
    expect([names('class token'), names('position')]).toEqual([['cls'], ['pos']])
    expect(names('norm')).toHaveLength(2 * 5)
    expect(names('bias').every((name) => name.endsWith('.bias'))).toBe(true)
    expect(names('bias')).toHaveLength(style === 'torch' ? 13 : 9)
    expect(names('matrix')).toHaveLength(style === 'torch' ? 13 : 9)
    expect(names('gain')).toEqual([])
    expect(weights.filter(byName(/^b1\.ln/)).map(({ kind }) => kind)).toEqual([
      'norm',
      'norm',
      'norm',
      'norm',
    ])
  },
)

test('a mask with −∞ and single numbers are no weights', async () => {
  const model = smallVit('fused', { mask: true })
  const names = weightsOf(model, await findBlocks(model)).map(({ name }) => name)
  expect(names).not.toContain('mask')
  expect(names.some((name) => /^[ci]\d/.test(name))).toBe(false)
})

test('in a network without blocks depth counts layers', () => {
  const model = readModel(smallCnn(), 'small')
  expect(weightsOf(model).map(({ name, kind, depth }) => [name, kind, depth])).toEqual([
    ['stem.weight', 'matrix', 0],
    ['stem.bias', 'bias', 0],
    ['head.weight', 'matrix', 1],
    ['head.bias', 'bias', 1],
  ])
})

const normalised = (op: 'BatchNormalization' | 'Conv') =>
  readModel(
    buildModel({
      inputs: { x: { type: 'float32', shape: ['batch', 2, 4, 4] } },
      outputs: { y: { type: 'float32' } },
      nodes: [
        op === 'Conv'
          ? { op, inputs: ['x', 'w', 'b'], outputs: ['y'] }
          : { op, inputs: ['x', 'gain', 'bias', 'mean', 'variance'], outputs: ['y'] },
      ],
      constants: {
        w: { type: 'float32', dims: [2, 2, 1, 1], data: [1, 0, 0, 1] },
        ...Object.fromEntries(
          ['b', 'gain', 'bias', 'mean', 'variance'].map((name) => [
            name,
            { type: 'float32' as const, dims: [2], data: [1, 2] },
          ]),
        ),
      },
    }),
    'network.onnx',
  )

test('running statistics are no weights; the gain and bias of a batch normalisation are', () => {
  expect(weightsOf(normalised('BatchNormalization')).map(({ name }) => name)).toEqual(['gain', 'bias'])
  expect(batchNorms(normalised('BatchNormalization'))).toEqual([
    { output: 'y', gain: 'gain', bias: 'bias', mean: 'mean', variance: 'variance' },
  ])
})

test('an export with its batch normalisations merged away is refused, with the switch that keeps them', () => {
  expect(() => batchNorms(normalised('Conv'))).toThrow(
    expect.objectContaining({
      code: 'no-batch-normalization',
      what: expect.stringContaining('This export has no BatchNormalization'),
      mend: expect.stringContaining('training=torch.onnx.TrainingMode.PRESERVE'),
    }),
  )
})

test('each export of one network has the same weights, by kind and depth, under whatever names', async () => {
  const tally = async (name: string) => {
    const model = readModel(fileURLToPath(new URL(`../golden/networks/${name}.onnx`, import.meta.url)), name)
    const numbers = new Map<string, number>()
    for (const { kind, depth, dims } of weightsOf(model, await findBlocks(model))) {
      const size = dims.reduce((product, dim) => product * dim, 1)
      numbers.set(`${kind} ${depth}`, (numbers.get(`${kind} ${depth}`) ?? 0) + size)
    }
    return Object.fromEntries([...numbers].sort())
  }
  for (const names of [
    ['vit.folded', 'vit.kept', 'vit.opset11', 'vit.opset13'],
    ['deit.folded', 'deit.kept'],
    ['clip.folded', 'clip.kept'],
    ['vit-torchvision.folded', 'vit-torchvision.kept'],
  ]) {
    const tallies = await Promise.all(names.map(tally))
    expect(tallies[0]['position -1']).toBe((names[0].startsWith('deit') ? 18 : 17) * 24)
    for (const other of tallies) expect(other).toEqual(tallies[0])
  }
})
