import fc from 'fast-check'
import { expect, test } from 'vitest'
import { embedPictures } from '../../src/backbones/check.ts'
import { hostInput } from '../../src/backbones/host-input.ts'
import { findBackbone, flopsPerImage, inputModel, type Passport } from '../../src/backbones/index.ts'
import { linesPattern } from '../../src/backbones/pattern.ts'
import { buildModel, type ModelSpec, readModel } from '../../src/onnx/index.ts'
import { hostPrepares, type Preprocessing } from '../../src/pictures/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { channelMeans, smallBackbone } from './small-networks.ts'

/** Red 10, green 20, blue 30 in every pixel of a 4 × 4 picture. */
const tricolour = Buffer.from([10, 20, 30].flatMap((value) => Array(16).fill(value))).toString('base64')
const picture = { width: 4, height: 4, pixels: tricolour }

async function embedded(spec: ModelSpec, parts: Partial<Passport> = {}, change: Partial<Preprocessing> = {}) {
  const small = smallBackbone(spec, parts)
  const [made] = await embedPictures(small, [picture], { ...small.passport.preprocessing, ...change })
  return Array.from(made)
}

test('pixels reach the network in RGB order, and in BGR order where it wants that', async () => {
  expect(await embedded(channelMeans)).toEqual([10, 20, 30])
  expect(await embedded(channelMeans, {}, { colour: 'bgr' })).toEqual([30, 20, 10])
})

test('pixels are divided, then lose the mean, then are divided by std, in the network’s channel order', async () => {
  const scaled = await embedded(
    channelMeans,
    {},
    { divisor: 10, mean: [1, 1, 2], std: [1, 0.5, 2], colour: 'bgr' },
  )
  expect(scaled).toEqual([2, 2, 0]) // blue 3 − 1; (green 2 − 1) / 0.5; (red 1 − 2) / 2 cut at 0
})

test('an embedding of [batch, dimension, 1, 1] inside the graph comes out as [batch, dimension]', async () => {
  const small = smallBackbone(channelMeans, { embedding: { name: 'pooled', dimension: 3 } })
  const { preprocessing } = small.passport
  const bytes = await inputModel(small, {
    preprocessing,
    image: { width: 4, height: 4 },
    hostPrepared: false,
  })
  const session = await openSession(bytes, { threads: 1, label: 'small' })
  expect([session.inputNames, session.outputNames]).toEqual([['pixels'], ['embedding']])
  const { embedding } = await session.run({
    pixels: new Tensor('uint8', new Uint8Array(5 * 48).fill(7), [5, 3, 4, 4]),
  })
  await session.release()
  expect(embedding.dims).toEqual([5, 3])
  expect(Array.from(embedding.data as Float32Array)).toEqual(Array(15).fill(7))
  expect(readModel(bytes).opset).toBe(13)
})

test('a network that takes pictures as [batch, height, width, 3], or in half precision, is fed as it wants', async () => {
  const lastChannel: ModelSpec = {
    ...channelMeans,
    inputs: { picture: { type: 'float32', shape: ['n', 4, 4, 3] } },
    nodes: [
      { op: 'ReduceMean', inputs: ['picture'], outputs: ['flat'], attributes: { axes: [1, 2], keepdims: 0 } },
    ],
  }
  expect(await embedded(lastChannel)).toEqual([10, 20, 30])
  const half: ModelSpec = {
    ...channelMeans,
    inputs: { picture: { type: 'float16', shape: ['n', 3, 4, 4] } },
    outputs: { flat: { type: 'float16', shape: ['n', 3] } },
  }
  expect(await embedded(half)).toEqual([10, 20, 30])
})

test('a missing embedding, or one of another dimension, lists the tensors that could be meant', async () => {
  const error = {
    code: 'backbone-embedding',
    mend: expect.stringMatching(/flat {2}\[batch, 3\] {2}an output\n {2}pooled {2}\[batch, 3, 1, 1\]/),
  }
  for (const embedding of [
    { name: 'features', dimension: 3 },
    { name: 'flat', dimension: 4 },
    { name: 'pixels', dimension: 3 },
  ]) {
    await expect(embedded(channelMeans, { embedding })).rejects.toMatchObject(error)
  }
})

test.each<[string, ModelSpec['inputs'], RegExp]>([
  ['a fixed batch', { picture: { type: 'float32', shape: [1, 3, 4, 4] } }, /exactly 1 picture at a time/],
  [
    'one colour',
    { picture: { type: 'float32', shape: ['n', 1, 4, 4] } },
    /not a batch of pictures of three colours/,
  ],
  ['whole numbers', { picture: { type: 'int32', shape: ['n', 3, 4, 4] } }, /takes int32 numbers/],
  ['another name', { image: { type: 'float32', shape: ['n', 3, 4, 4] } }, /no input called picture/],
  [
    'another size',
    { picture: { type: 'float32', shape: ['n', 3, 8, 4] } },
    /takes pictures of 4 × 8; its passport says 4 × 4/,
  ],
  [
    'two inputs',
    { picture: { type: 'float32', shape: ['n', 3, 4, 4] }, prompt: { type: 'float32', shape: ['n', 3] } },
    /has 2 inputs/,
  ],
])('an input of %s is refused', async (_, inputs, message) => {
  const [first] = Object.keys(inputs)
  const nodes: ModelSpec['nodes'] = [
    { op: 'Cast', inputs: [first], outputs: ['cast'], attributes: { to: 1 } },
    { op: 'GlobalAveragePool', inputs: ['cast'], outputs: ['pooled'] },
    { op: 'Flatten', inputs: ['pooled'], outputs: ['flat'], attributes: { axis: 1 } },
  ]
  await expect(embedded({ ...channelMeans, inputs, nodes })).rejects.toThrow(message)
})

test('a preprocessing that does not end at the input size is refused before anything runs', async () => {
  const small = smallBackbone(channelMeans)
  const { preprocessing } = small.passport
  const refused = (image: { width: number; height: number } | 'varied') =>
    expect(inputModel(small, { preprocessing, image, hostPrepared: true })).rejects.toMatchObject({
      code: 'preprocessing-does-not-fit',
    })
  await refused({ width: 5, height: 4 })
  await refused('varied')
})

test('resizing inside the graph and outside it give the same numbers, shrinking or growing, for every filter', async () => {
  const side = 9
  const asItIs: ModelSpec = {
    inputs: { picture: { type: 'float32', shape: ['n', 3, side, side] } },
    outputs: { flat: { type: 'float32', shape: ['n', 3 * side * side] } },
    nodes: [{ op: 'Flatten', inputs: ['picture'], outputs: ['flat'], attributes: { axis: 1 } }],
  }
  const small = smallBackbone(asItIs, {
    input: { name: 'picture', width: side, height: side },
    embedding: { name: 'flat', dimension: 3 * side * side },
  })
  const arbitrary = fc.record({
    width: fc.integer({ min: 2, max: 24 }),
    height: fc.integer({ min: 2, max: 24 }),
    filter: fc.constantFrom('nearest', 'bilinear', 'bicubic'),
    antialias: fc.boolean(),
    alignCorners: fc.boolean(),
    colour: fc.constantFrom('rgb', 'bgr'),
    arithmetic: fc.constantFrom('float', 'uint8'),
  })
  const check = async ({
    width,
    height,
    colour,
    ...how
  }: typeof arbitrary extends fc.Arbitrary<infer T> ? T : never) => {
    const preprocessing: Preprocessing = {
      resize: { rule: 'exact', size: side, ...how },
      crop: null,
      colour,
      divisor: 255,
      mean: [0.4, 0.5, 0.6],
      std: [0.2, 0.3, 0.25],
    }
    const raw = { width, height, pixels: linesPattern(width, height) }
    expect(hostPrepares(raw, preprocessing)).toBe(how.arithmetic === 'uint8')
    const [inside] = await embedPictures(small, [{ ...raw, pixels: 'pattern:lines' }], preprocessing)
    const outside = hostInput(raw, { width: side, height: side }, preprocessing)
    const furthest = inside.reduce((most, value, i) => Math.max(most, Math.abs(value - outside[i])), 0)
    expect(furthest).toBeLessThan(1e-5)
  }
  await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: 40, seed: 1 })
})

test('the operations of one embedding are those of the network alone, as counted by hand', async () => {
  const small = smallBackbone({
    ...channelMeans,
    constants: { w: { type: 'float32', dims: [3, 8], data: Array(24).fill(1) } },
    outputs: { score: { type: 'float32', shape: ['n', 8] } },
    nodes: [...channelMeans.nodes, { op: 'MatMul', inputs: ['flat', 'w'], outputs: ['score'] }],
  })
  const head = { ...small.passport, embedding: { name: 'score', dimension: 8 } }
  const withHead = await flopsPerImage({ ...small, passport: head })
  expect(withHead - (await flopsPerImage(small))).toBe(2 * 3 * 8)
  const resnet = await flopsPerImage(await findBackbone('mini-resnet'))
  const block = (side: number, from: number, to: number) => side * side * to * (9 * from + 9 * to + from)
  const convolutions = 2 * (32 * 32 * 16 * 27 + block(16, 16, 24) + block(8, 24, 40) + block(4, 40, 64))
  expect(resnet).toBeGreaterThan(convolutions)
  expect(resnet).toBeLessThan(1.03 * convolutions)
})

test('the bytes of an input model are the same each time', async () => {
  const small = smallBackbone(channelMeans)
  const how = {
    preprocessing: small.passport.preprocessing,
    image: { width: 4, height: 4 },
    hostPrepared: false,
  }
  expect(Buffer.compare(await inputModel(small, how), await inputModel(small, how))).toBe(0)
  expect(buildModel(channelMeans).length).toBeLessThan((await inputModel(small, how)).length)
})
