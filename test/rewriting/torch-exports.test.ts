import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Model, readModel, withOutputs } from '../../src/onnx/index.ts'
import {
  atInputSize,
  findBlocks,
  type LoraTarget,
  ssfPlaces,
  withAdapters,
  withLora,
  withPrefixes,
  withPrefixPool,
  withPromptPool,
  withPrompts,
  withSsf,
  withValues,
} from '../../src/rewriting/index.ts'
import { chance, Tensor } from '../../src/tensor/index.ts'
import { apart, outputOf, pictures, shaken, valuesOf } from './running.ts'

/** Exports by torch itself: constants folded (and names lost) or kept, of opsets 11, 13 and 17, batch open or fixed. */
const exports = [
  'vit.folded',
  'vit.kept',
  'vit.opset11',
  'vit.opset13',
  'deit.folded',
  'deit.kept',
  'clip.folded',
  'clip.kept',
  'vit-torchvision.folded',
  'vit-torchvision.kept',
] as const

const golden = fileURLToPath(new URL('../golden/networks', import.meta.url))
const network = (name: string) => readModel(join(golden, `${name}.onnx`), name)

/** As many pictures as the export is fixed to, or two. */
function fed(model: Model, side = 32) {
  const [{ name, shape }] = model.graph.inputs
  const batch = shape![0]
  return { [name]: pictures(typeof batch === 'number' ? batch : 2, side) }
}

test.each(exports)('%s: two blocks, whatever the exporter made of them', async (name) => {
  const vit = await findBlocks(network(name))
  expect([vit.blocks.length, vit.width, vit.grid]).toEqual([2, 24, { height: 4, width: 4 }])
  expect(vit.tokens).toBe(name.startsWith('deit') ? 18 : 17)
  expect(vit.sequenceAxis).toBe(name.startsWith('clip') ? 0 : 1)
  for (const { q, k, v } of vit.blocks) {
    expect([q, k, v].map(({ columns }) => [columns[0], columns.length])).toEqual([
      [0, 24],
      [24, 24],
      [48, 24],
    ])
  }
})

test.each(exports)('%s: LoRA, adapter and SSF leave it as it was until they learn', async (name) => {
  const model = network(name)
  const vit = await findBlocks(model)
  const feeds = fed(model)
  const before = await outputOf(model, feeds, 'plainly')
  const at: LoraTarget[] = ['q', 'k', 'v', 'proj', 'fc1', 'fc2']
  const rewrites = [
    withLora(model, vit, { rank: 2, at, random: chance(0) }),
    withAdapters(model, vit, { random: chance(0) }),
    withSsf(model, ssfPlaces(vit), { deviation: 0, random: chance(0) }),
  ]
  for (const rewritten of rewrites) {
    expect(await outputOf(rewritten.model, feeds, 'plainly')).toEqual(before)
    expect(apart(await outputOf(shaken(rewritten), feeds), before)).toBeGreaterThan(1e-3)
  }
})

test.each(exports)(
  '%s: LoRA on q and v is the network whose weights have the update added in',
  async (name) => {
    const model = network(name)
    const vit = await findBlocks(model)
    const lora = shaken(withLora(model, vit, { rank: 2, at: ['q', 'v'], random: chance(0) }))
    const merged = Object.fromEntries(
      vit.blocks.map(({ q, v }, index) => {
        const { dims, data } = valuesOf(model, q.linear.weight!)
        const turned = dims[0] !== q.linear.inputSize // kept as torch has it, [out, in]
        for (const [target, { columns }] of [
          ['q', q],
          ['v', v],
        ] as const) {
          const [A, B] = ['A', 'B'].map((part) => valuesOf(lora, `lora.${index}.${target}.${part}`).data)
          for (let i = 0; i < 24; i++) {
            columns.forEach((column, j) => {
              const update = A[2 * i] * B[j] + A[2 * i + 1] * B[24 + j]
              data[turned ? column * 24 + i : i * 72 + column] += update
            })
          }
        }
        return [q.linear.weight!, { type: 'float32' as const, dims, data }]
      }),
    )
    const feeds = fed(model)
    expect(apart(await outputOf(lora, feeds), await outputOf(withValues(model, merged), feeds))).toBeLessThan(
      1e-5,
    )
  },
)

const families = [
  ['vit.folded', 'vit.kept', 'vit.opset11', 'vit.opset13'],
  ['deit.folded', 'deit.kept'],
  ['clip.folded', 'clip.kept'],
  ['vit-torchvision.folded', 'vit-torchvision.kept'],
]

test.each(families)('prompts and another size mean the same in each export of %s', async (...names) => {
  for (const change of ['shallow', 'deep', 'size'] as const) {
    const outputs: Float32Array[] = []
    for (const name of names.filter((name) => name !== undefined)) {
      const model = network(name)
      const vit = await findBlocks(model)
      const side = change === 'size' ? 24 : 32
      const changed =
        change === 'size'
          ? await atInputSize(model, vit, { height: side, width: side })
          : shaken(await withPrompts(model, vit, { tokens: 3, depth: change, random: chance(0) }))
      const output = await outputOf(changed, fed(changed, side))
      expect(output.every(Number.isFinite)).toBe(true)
      outputs.push(output.subarray(0, 10))
      if (change !== 'size') expect(apart(output, await outputOf(model, fed(model)))).toBeGreaterThan(1e-3)
    }
    for (const output of outputs) expect(apart(output, outputs[0])).toBeLessThan(1e-5)
  }
})

test.each(['vit.folded', 'deit.kept'])('%s: prefixes go before keys and values', async (name) => {
  const model = network(name)
  const prefixes = await withPrefixes(model, await findBlocks(model), { length: 2, random: chance(0) })
  const output = await outputOf(shaken(prefixes), fed(model))
  expect(output.every(Number.isFinite)).toBe(true)
  expect(apart(output, await outputOf(model, fed(model)))).toBeGreaterThan(1e-3)
})

test('prefixes are refused, with the node, where heads and examples lie in one axis', async () => {
  const model = network('vit-torchvision.folded')
  const work = withPrefixes(model, await findBlocks(model), { length: 2, random: chance(0) })
  await expect(work).rejects.toMatchObject({
    code: 'prefix-layout',
    what: expect.stringMatching(/^Transpose .*self_attention.* of 3 heads in four axes were expected\.$/),
  })
})

const pool = { pool: 3, length: 4, queries: 5, uniform: [-1, 1] as const, random: chance(0) }

/** The same choice for every picture: the second of three. */
function secondOf({ pixels, model }: { pixels: Tensor; model: Model }) {
  const [n] = pixels.dims
  const chosen = Float32Array.from({ length: 3 * n }, (_, i) => Number(i % 3 === 1))
  return { [model.graph.inputs[0].name]: pixels, 'pool.chosen': new Tensor('float32', chosen, [n, 1, 3]) }
}

test.each(exports.filter((name) => !/clip|torchvision/.test(name)))(
  '%s: an expert that all pictures choose is a prefix of them all',
  async (name) => {
    const model = network(name)
    const vit = await findBlocks(model)
    const experts = await withPrefixPool(model, vit, { ...pool, blocks: [0, 1] })
    const prefixes = await withPrefixes(model, vit, { length: 4, random: chance(0) })
    const values = prefixes.trainable.map(({ name: prefix, dims }) => {
      const all = experts.trainable.find((each) => each.name === prefix.replace('prefix', 'expert'))!
      return [prefix, { type: 'float32' as const, dims, data: all.init.data.slice(96, 192) }] as const
    })
    const feeds = fed(model)
    const [pixels] = Object.values(feeds)
    const [{ name: output }] = model.graph.outputs
    const chosen = await outputOf(withOutputs(experts.model, [output]), secondOf({ pixels, model }))
    const given = await outputOf(withValues(prefixes.model, Object.fromEntries(values)), feeds)
    expect(apart(chosen, given)).toBeLessThan(1e-6)
  },
)

test.each(exports.filter((name) => !name.startsWith('clip')))(
  '%s: the class token sees a prompt that all pictures choose as it sees one that is given to all',
  async (name) => {
    const model = network(name)
    const vit = await findBlocks(model)
    const pooled = await withPromptPool(model, vit, { ...pool, top: 1 })
    const prompts = await withPrompts(model, vit, { tokens: 4, depth: 'shallow', random: chance(0) })
    const data = pooled.trainable.find((each) => each.name === 'pool.prompts')!.init.data.slice(96, 192)
    const [{ dims }] = prompts.trainable
    const feeds = fed(model)
    const [pixels] = Object.values(feeds)
    const [{ name: output }] = model.graph.outputs
    const chosen = await outputOf(withOutputs(pooled.model, [output]), secondOf({ pixels, model }))
    const given = withValues(prompts.model, { 'prompt.0': { type: 'float32', dims, data } })
    expect(apart(chosen, await outputOf(given, feeds))).toBeLessThan(1e-6)
  },
)

test('attention that is not written head by head takes no prefixes, and says so', async () => {
  for (const name of ['clip.kept', 'vit-torchvision.folded']) {
    const model = network(name)
    const experts = withPrefixPool(model, await findBlocks(model), { ...pool, blocks: [0] })
    await expect(experts).rejects.toMatchObject({ code: 'prefix-layout' })
  }
  const clip = network('clip.kept')
  const prompts = withPromptPool(clip, await findBlocks(clip), { ...pool, top: 1 })
  await expect(prompts).rejects.toMatchObject({ code: 'prompt-pool-layout' })
})
