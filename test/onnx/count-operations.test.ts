import { expect, test } from 'vitest'
import {
  buildModel,
  countOperations,
  type NodeSpec,
  type Numbers,
  readModel,
  trainingOperations,
  vitMacs,
} from '../../src/onnx/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { parametersOf, resnet, vit } from '../fixtures/networks.ts'

const golden = [
  [
    'ResNet-18 at 224',
    resnet({ blocks: [2, 2, 2, 2], pixels: 224, classes: 1000, stem: 'imagenet' }),
    1.8141,
    11.69,
  ],
  [
    'ResNet-34 at 224',
    resnet({ blocks: [3, 4, 6, 3], pixels: 224, classes: 1000, stem: 'imagenet' }),
    3.6638,
    21.798,
  ],
  [
    'ResNet-50 at 224',
    resnet({ blocks: [3, 4, 6, 3], bottleneck: true, pixels: 224, classes: 1000, stem: 'imagenet' }),
    4.0892,
    25.557,
  ],
  [
    'ResNet-18 with a 3×3 stem at 32',
    resnet({ blocks: [2, 2, 2, 2], pixels: 32, classes: 100, stem: 'cifar' }),
    0.5555,
    11.22,
  ],
  [
    'reduced ResNet-18 (20 filters) at 32',
    resnet({ blocks: [2, 2, 2, 2], width: 20, pixels: 32, classes: 100, stem: 'cifar' }),
    0.0546,
    1.109,
  ],
  [
    'ViT-Ti/16 at 224',
    vit({ pixels: 224, patch: 16, width: 192, blocks: 12, heads: 3, classes: 1000 }),
    1.2537,
    5.717,
  ],
  [
    'ViT-S/16 at 224',
    vit({ pixels: 224, patch: 16, width: 384, blocks: 12, heads: 6, classes: 1000 }),
    4.5989,
    22.051,
  ],
  [
    'ViT-S/14 at 224',
    vit({ pixels: 224, patch: 14, width: 384, blocks: 12, heads: 6, classes: 1000 }),
    6.1239,
    22.005,
  ],
] as const

test.each(golden)(
  '%s has the multiply-adds and parameters of its paper',
  async (_, model, gmacs, millions) => {
    const count = countOperations(model, await shapesOf(model, { batch: 1 }))
    expect(count.macs / 1e9).toBeCloseTo(gmacs, 4)
    expect(parametersOf(model) / 1e6).toBeCloseTo(millions, 3)
    expect(count.uncounted).toEqual([])
    expect(count.total).toBeGreaterThan(2 * count.macs)
  },
)

test('operations are linear in the batch', async () => {
  const model = resnet({ blocks: [1, 1, 1, 1], width: 8, pixels: 32, classes: 10, stem: 'cifar' })
  const one = countOperations(model, await shapesOf(model, { batch: 1 }))
  const seven = countOperations(model, await shapesOf(model, { batch: 7 }))
  expect(seven.total).toBe(7 * one.total)
})

test('the closed form of a vision transformer gives the published multiply-adds', () => {
  const at224 = { image: 224, classes: 1000 }
  expect(vitMacs({ ...at224, patch: 16, width: 192, blocks: 12 }) / 1e9).toBeCloseTo(1.2537, 4)
  expect(vitMacs({ ...at224, patch: 16, width: 768, blocks: 12 }) / 1e9).toBeCloseTo(17.5638, 4)
  expect(vitMacs({ ...at224, patch: 32, width: 768, blocks: 12 }) / 1e9).toBeCloseTo(4.4092, 4)
  expect(vitMacs({ ...at224, patch: 14, width: 1024, blocks: 24 }) / 1e9).toBeCloseTo(81.013, 3)
})

test('the closed form and the counted graph of a vision transformer agree to the last multiply-add', async () => {
  const model = vit({ pixels: 32, patch: 8, width: 24, blocks: 2, heads: 3, classes: 5 })
  const count = countOperations(model, await shapesOf(model, { batch: 1 }))
  expect(count.macs).toBe(vitMacs({ image: 32, patch: 8, width: 24, blocks: 2, classes: 5 }))
})

test('full, locked and bias-only training cost what FoMo-in-Flux publishes', () => {
  const [image, text, batch] = [35.127, 5.96, 512] // CLIP ViT-B/16, GFLOPs of one sample
  const full = { trained: true, passed: true }
  const locked = { trained: false, passed: false }
  const biases = { trained: false, passed: true }
  const step = (i: typeof full, t: typeof full) =>
    batch *
    trainingOperations([
      { forward: image, ...i },
      { forward: text, ...t },
    ]).total
  const within = (predicted: number, published: number) => Math.abs(predicted / published - 1)
  expect(within(step(full, full), 63_394.8)).toBeLessThan(0.005)
  expect(within(step(full, locked), 57_254.6)).toBeLessThan(0.005)
  expect(within(step(locked, full), 27_176.7)).toBeLessThan(0.005)
  expect(within(step(biases, biases), 43_165.6)).toBeLessThan(0.0254)
})

/** Operations of one node on float32 inputs of these shapes. */
async function costOf(node: Omit<NodeSpec, 'inputs' | 'outputs'>, shapes: number[][], opset = 20) {
  const names = shapes.map((_, i) => `x${i}`)
  const bytes = buildModel({
    inputs: Object.fromEntries(names.map((name, i) => [name, { type: 'float32', shape: shapes[i] }])),
    outputs: { y: { type: 'float32' } },
    nodes: [{ ...node, inputs: names, outputs: ['y'] }],
    opset,
  })
  const model = readModel(bytes, node.op)
  const { total, macs, uncounted } = countOperations(model, await shapesOf(model, {}))
  return { total, macs, uncounted }
}

test.each([
  // A convolution: 256 outputs of 27 multiply-adds, and 256 biases.
  ['Conv', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, [[1, 3, 8, 8], [4, 3, 3, 3], [4]], 256 * 27, 256],
  // Two groups halve the kernel's depth.
  [
    'Conv',
    { kernel_shape: [1, 1], group: 2 },
    [
      [1, 4, 5, 5],
      [6, 2, 1, 1],
    ],
    6 * 25 * 2,
    0,
  ],
  [
    'ConvTranspose',
    { kernel_shape: [2, 2], strides: [2, 2] },
    [
      [1, 3, 4, 4],
      [3, 5, 2, 2],
    ],
    3 * 16 * 5 * 4,
    0,
  ],
  ['Gemm', { transA: 1 }, [[7, 2], [7, 3], [3]], 2 * 7 * 3, 6],
  [
    'MatMul',
    {},
    [
      [2, 5, 3, 4],
      [4, 6],
    ],
    2 * 5 * 3 * 4 * 6,
    0,
  ],
  [
    'Einsum',
    { equation: 'bhid,bhjd->bhij' },
    [
      [2, 3, 4, 5],
      [2, 3, 6, 5],
    ],
    2 * 3 * 4 * 6 * 5,
    0,
  ],
  [
    'Einsum',
    { equation: '...ij,jk->...ik' },
    [
      [2, 3, 4, 5],
      [5, 6],
    ],
    2 * 3 * 4 * 5 * 6,
    0,
  ],
  ['Einsum', { equation: 'ij->ji' }, [[4, 5]], 0, 0],
  ['Softmax', {}, [[2, 10]], 0, 100],
  ['LayerNormalization', {}, [[2, 10], [10]], 0, 160],
  ['BatchNormalization', {}, [[1, 3, 4, 4], [3], [3], [3], [3]], 0, 96],
  ['Gelu', {}, [[2, 10]], 0, 160],
  ['Erf', {}, [[2, 10]], 0, 20],
  ['MaxPool', { kernel_shape: [3, 3], strides: [2, 2] }, [[1, 2, 7, 7]], 0, 9 * 18],
  ['AveragePool', { kernel_shape: [2, 2], strides: [2, 2] }, [[1, 2, 6, 6]], 0, 5 * 18],
  ['GlobalAveragePool', {}, [[1, 2, 7, 7]], 0, 50 * 2],
  ['Add', {}, [[2, 3], [3]], 0, 6],
  [
    'Sum',
    {},
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    0,
    12,
  ],
  ['Relu', {}, [[2, 3]], 0, 6],
  ['Transpose', {}, [[2, 3]], 0, 0],
] as const)('%s %j on %j costs what the table says', async (op, attributes, shapes, macs, extra) => {
  const cost = await costOf({ op, attributes }, shapes as unknown as number[][])
  expect(cost).toEqual({ total: 2 * macs + extra, macs, uncounted: [] })
})

test('attention written as one node costs its two products and its softmax', async () => {
  const shape = [2, 3, 5, 4] // batch, heads, tokens, width of a head
  const scores = 2 * 3 * 5 * 5
  expect(await costOf({ op: 'Attention' }, [shape, shape, shape], 23)).toEqual({
    total: 2 * scores * 8 + 5 * scores,
    macs: scores * 8,
    uncounted: [],
  })
})

test('an operator without a convention counts 0 and is listed', async () => {
  const cost = await costOf({ op: 'Det' }, [[3, 3]])
  expect(cost).toEqual({ total: 0, macs: 0, uncounted: ['Det'] })
})

test('arithmetic on shapes is no floating-point operation', async () => {
  const two: Numbers = { type: 'int64', dims: [1], data: [2] }
  const model = readModel(
    buildModel({
      inputs: { x: { type: 'float32', shape: [4, 3] } },
      outputs: { y: { type: 'int64' } },
      nodes: [
        { op: 'Shape', inputs: ['x'], outputs: ['s'] },
        { op: 'Mul', inputs: ['s', 'two'], outputs: ['y'] },
      ],
      constants: { two },
    }),
    'shapes',
  )
  expect(countOperations(model, await shapesOf(model, {})).total).toBe(0)
})

test('a shape that is not known is an error that names the node and the tensor', () => {
  const model = resnet({ blocks: [1, 1, 1, 1], width: 8, pixels: 32, classes: 10, stem: 'cifar' })
  expect(() => countOperations(model, new Map())).toThrow(/Conv → conv0 .*"pixels"/)
})
