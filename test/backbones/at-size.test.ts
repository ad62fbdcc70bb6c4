import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { backboneAtSize, checkBackbone, findBackbone, flopsPerImage } from '../../src/backbones/index.ts'
import { embeddingKey } from '../../src/embeddings/address.ts'
import { sha256 } from '../../src/identity/index.ts'
import { type ModelSpec, readModel, writeModel } from '../../src/onnx/index.ts'
import { atInputSize, findBlocks } from '../../src/rewriting/index.ts'
import { small, smallVit } from '../fixtures/small-vits.ts'
import { madeDataset } from '../streams/made-dataset.ts'
import { channelMeans, folderOfItsOwn, smallBackbone } from './small-networks.ts'

const cache = folderOfItsOwn()
const folders = [cache]
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const resize = {
  rule: 'exact',
  filter: 'bicubic',
  antialias: true,
  alignCorners: false,
  arithmetic: 'uint8',
} as const
const rgb = { colour: 'rgb', divisor: 255, mean: [0, 0, 0], std: [1, 1, 1] } as const

function backboneOf(spec: ModelSpec, parts: Parameters<typeof smallBackbone>[1] = {}) {
  const made = smallBackbone(spec, parts)
  folders.push(made.folder)
  const { passport, path } = made
  return {
    name: passport.name,
    passport,
    path,
    sha256: passport.sha256,
    dimension: passport.embedding.dimension,
  }
}

/** Two blocks on pictures of 12 × 12 in patches of 4, its class token as the embedding. */
function vit() {
  const model = smallVit('torch')
  const [output] = model.graph.outputs
  const bytes = writeModel(model)
  const backbone = backboneOf(channelMeans, {
    sha256: sha256(bytes),
    input: { name: model.graph.inputs[0].name, height: 12, width: 12 },
    embedding: { name: output.name, dimension: small.width },
    preprocessing: {
      ...rgb,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      resize: { ...resize, size: 14, rule: 'shorter-side' },
      crop: 12,
    },
  })
  writeFileSync(backbone.path, bytes)
  return { ...backbone, sha256: sha256(bytes) }
}

/** A convolution and a pool over whatever map there is. */
const pooled: ModelSpec = {
  opset: 13,
  inputs: { picture: { type: 'float32', shape: ['n', 3, 8, 8] } },
  outputs: { flat: { type: 'float32', shape: ['n', 3] } },
  constants: {
    w: {
      type: 'float32',
      dims: [3, 3, 3, 3],
      data: Float32Array.from({ length: 81 }, (_, i) => ((i * 7) % 11) / 11),
    },
  },
  nodes: [
    {
      op: 'Conv',
      inputs: ['picture', 'w'],
      outputs: ['map'],
      attributes: { kernel_shape: [3, 3], strides: [2, 2] },
    },
    { op: 'GlobalAveragePool', inputs: ['map'], outputs: ['pooled'] },
    { op: 'Flatten', inputs: ['pooled'], outputs: ['flat'], attributes: { axis: 1 } },
  ],
}
const pooledParts = {
  input: { name: 'picture', height: 8, width: 8 },
  preprocessing: { ...rgb, mean: [0, 0, 0], std: [1, 1, 1], resize: { ...resize, size: 8 }, crop: null },
} satisfies Parameters<typeof smallBackbone>[1]

test('a ViT at another size is the ViT with its position embedding resampled, under a name and checksum of its own', async () => {
  const original = vit()
  const sized = await backboneAtSize(original, 20, cache)
  expect(sized).toMatchObject({ name: 'small@20px', dimension: small.width })
  expect(sized.sha256).not.toBe(original.sha256)
  expect(sha256(readFileSync(sized.path))).toBe(sized.sha256)
  expect(sized.passport).toMatchObject({
    name: 'small@20px',
    title: 'Small at 20 px',
    sha256: sized.sha256,
    input: { height: 20, width: 20 },
    preprocessing: { crop: 20, resize: { size: 23, rule: 'shorter-side' } }, // 14 · 20 / 12 = 23.3
    golden: { images: [], source: expect.stringContaining(original.sha256) },
  })
  const model = smallVit('torch')
  const expected = await atInputSize(model, await findBlocks(model), {
    height: 20,
    width: 20,
    antialias: true,
  })
  expect(readModel(sized.path).graph.inputs[0].shape).toEqual(expected.graph.inputs[0].shape)
  expect(await embeddingOf(sized.path, 20)).toEqual(await embeddingOf(writeModel(expected), 20))
})

test('operations are counted at the new size', async () => {
  const original = vit()
  const at = async (side: number) => flopsPerImage(await backboneAtSize(original, side, cache))
  const [little, own, large] = [await at(8), await flopsPerImage(original), await at(20)]
  expect(little).toBeLessThan(own)
  expect(own).toBeLessThan(large)
  // 10 tokens become 26, and attention grows with their square
  expect(large / own).toBeGreaterThan(2.5)
  expect(large / own).toBeLessThan(3.5)
})

test('a network that pools its map keeps its weights', async () => {
  const original = backboneOf(pooled, pooledParts)
  const sized = await backboneAtSize(original, 16, cache)
  const [before, after] = [readModel(original.path), readModel(sized.path)]
  expect(after.graph.inputs[0].shape).toEqual(['n', 3, 16, 16])
  expect(after.graph.nodes.map(({ op }) => op)).toEqual(before.graph.nodes.map(({ op }) => op))
  expect(sized.passport.preprocessing.resize).toMatchObject({ rule: 'exact', size: 16 })
  // Convolution of 3 × 3 at stride 2: maps of 3 × 3 and of 7 × 7 positions.
  const [own, large] = [await flopsPerImage(original), await flopsPerImage(sized)]
  expect(large / own).toBeGreaterThan(4)
})

test('the same variant twice is one file, and a damaged one is written again', async () => {
  const original = vit()
  const first = await backboneAtSize(original, 8, cache)
  const second = await backboneAtSize(original, 8, cache)
  expect(second).toEqual(first)
  writeFileSync(first.path, 'damaged')
  expect(sha256(readFileSync((await backboneAtSize(original, 8, cache)).path))).toBe(first.sha256)
})

test('its own size is the backbone itself', async () => {
  const original = vit()
  expect(await backboneAtSize(original, 12, cache)).toBe(original)
})

test('each size has embeddings of its own', async () => {
  const original = backboneOf(pooled, pooledParts)
  const dataset = madeDataset({ classes: 2 })
  const keys = await Promise.all(
    [8, 16, 24].map(async (side) => {
      const backbone = await backboneAtSize(original, side, cache)
      return embeddingKey({ dataset, backbone, preprocessing: backbone.passport.preprocessing })
    }),
  )
  expect(new Set(keys).size).toBe(3)
})

test('a side that patches do not fill is refused by name', async () => {
  await expect(backboneAtSize(vit(), 10, cache)).rejects.toMatchObject({
    code: 'input-not-patches',
    what: expect.stringContaining('10×10'),
  })
})

test.each([
  [
    'a pool of a fixed size',
    { op: 'AveragePool', attributes: { kernel_shape: [3, 3] } },
    16,
    /\[2, 3, 5, 5\], not \[2, 3\]/,
  ],
  ['a picture smaller than the kernel', { op: 'GlobalAveragePool' }, 2, /does not run/],
])('%s is refused by name', async (_, pool, side, why) => {
  const [convolution, , ...rest] = pooled.nodes
  const fixed: ModelSpec = {
    ...pooled,
    outputs: { pooled: { type: 'float32', shape: ['n', 3, 'h', 'w'] } },
    nodes: [convolution, { ...pool, inputs: ['map'], outputs: ['pooled'] }, ...rest.slice(1)],
  }
  const original = backboneOf(fixed, { ...pooledParts, embedding: { name: 'pooled', dimension: 3 } })
  await expect(backboneAtSize(original, side, cache)).rejects.toMatchObject({
    code: 'backbone-size-fixed',
    what: expect.stringMatching(why),
    mend: expect.stringContaining('its own is 8'),
  })
})

test('maps that a fixed reshape folds into the batch are refused', async () => {
  const [convolution] = pooled.nodes
  const folded: ModelSpec = {
    ...pooled,
    constants: { ...pooled.constants, shape: { type: 'int64', dims: [2], data: [-1, 3] } },
    nodes: [
      convolution,
      { op: 'AveragePool', inputs: ['map'], outputs: ['pooled'], attributes: { kernel_shape: [3, 3] } },
      { op: 'Reshape', inputs: ['pooled', 'shape'], outputs: ['flat'] },
    ],
  }
  await expect(backboneAtSize(backboneOf(folded, pooledParts), 10, cache)).rejects.toMatchObject({
    code: 'backbone-size-fixed',
  })
})

test('the backbone that comes along is proved at its own size and used at another', async () => {
  const original = await findBackbone('mini-resnet')
  await checkBackbone(original)
  const { input } = original.passport
  const sized = await backboneAtSize(original, input.width * 2, cache)
  expect(sized.name).toBe(`mini-resnet@${input.width * 2}px`)
  expect(existsSync(sized.path)).toBe(true)
})

async function embeddingOf(model: string | Uint8Array, side: number) {
  const { openSession, Tensor } = await import('../../src/runtime/index.ts')
  const bytes = typeof model === 'string' ? readFileSync(model) : model
  const session = await openSession(bytes, { threads: 1, label: 'at size' })
  const data = Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(i))
  const made = await session.run({ [session.inputNames[0]]: new Tensor('float32', data, [1, 3, side, side]) })
  await session.release()
  return Object.values(made)[0].data
}
