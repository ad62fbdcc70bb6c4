import { expect, test } from 'vitest'
import { bytesOf, differentiate, networkOf, penFor, pruned } from '../../src/autodiff/index.ts'
import type { Model } from '../../src/onnx/index.ts'
import {
  atInputSize,
  findBlocks,
  type Rewritten,
  ssfPlaces,
  type Vit,
  weightsOf,
  withAdapters,
  withHead,
  withLora,
  withPrefixes,
  withPrompts,
  withSsf,
} from '../../src/rewriting/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { pictures, shaken } from './running.ts'

const random = () => chance('rewrites')
const rewrites: Record<string, (model: Model, vit: Vit) => Rewritten | Promise<Rewritten>> = {
  lora: (model, vit) =>
    withLora(model, vit, { rank: 2, alpha: 3, at: ['q', 'v', 'proj', 'fc1', 'fc2'], random: random() }),
  adapter: (model, vit) => withAdapters(model, vit, { bottleneck: 6, random: random() }),
  'shallow prompts': (model, vit) =>
    withPrompts(model, vit, { tokens: 2, depth: 'shallow', random: random() }),
  'deep prompts': (model, vit) => withPrompts(model, vit, { tokens: 2, depth: 'deep', random: random() }),
  prefixes: (model, vit) => withPrefixes(model, vit, { length: 3, random: random() }),
  ssf: (model, vit) => withSsf(model, ssfPlaces(vit), { random: random() }),
  'linear head': (model) =>
    withHead(model, { feature: 'embedding', width: 8, classes: 3, kind: 'linear', random: random() }),
  'cosine head': (model) =>
    withHead(model, { feature: 'embedding', width: 8, classes: 3, kind: 'cosine', random: random() }),
}
const styles: Style[] = ['fused', 'torch', 'interleaved']
const cases = Object.keys(rewrites).flatMap((rewrite) => styles.map((style) => ({ rewrite, style })))

/**
 * Along the gradient of each weight: how far its length is from what differences of fourth order give, as a share of
 * it. `nothing` are the weights whose gradient is rounding alone, under 1e-5 of the largest.
 */
async function derivatives(model: Model, names: readonly string[], side = small.image) {
  const network = await networkOf(model, { dims: { batch: 2 }, free: ({ name }) => names.includes(name) })
  const output = network.outputs.at(-1)!
  const { dims } = network.shapes.get(output)!
  const draw = chance('derivatives')
  const seed = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => draw.normal())
  const pen = penFor(network)
  const arriving = pen.emit.constant({ type: 'float32', dims, data: seed })
  const gradients = differentiate(network, { seeds: new Map([[output, arriving]]), wanted: names }, pen)
  expect([...gradients.keys()].sort()).toEqual([...names].sort())
  const outputs = [output, ...[...gradients.values()].map(({ name }) => name)]
  const parts = {
    inputs: network.inputs,
    outputs,
    nodes: pruned([...network.nodes, ...pen.nodes], outputs),
    constants: new Map([...network.constants, ...pen.constants]),
    shapes: new Map([...network.shapes, ...pen.shapes]),
  }
  const session = await openSession(bytesOf(parts), { threads: 1, label: 'gradients' })
  const weights = Object.fromEntries(
    [...network.weights].map(([name, { dims, data }]) => [
      name,
      new Tensor('float32', Float32Array.from(data as Float32Array), dims),
    ]),
  )
  const [picture] = network.inputs.filter(({ name }) => !(name in weights))
  const feeds = { [picture.name]: pictures(2, side), ...weights }
  const made = await session.run(feeds)
  const errors: Record<string, number> = {}
  const nothing: string[] = []
  const norm = (g: Float32Array) => Math.sqrt(g.reduce((sum, value) => sum + value * value, 0))
  const largest = Math.max(
    ...[...gradients.values()].map(({ name }) => norm(made[name].data as Float32Array)),
  )
  for (const [name, gradient] of gradients) {
    const g = made[gradient.name].data as Float32Array
    const length = norm(g)
    if (length < 1e-5 * largest) {
      nothing.push(name)
      continue
    }
    const direction = Float32Array.from(g, (value) => value / length) // along the gradient itself
    const value = async (h: number) => {
      const data = Float32Array.from(weights[name].data as Float32Array, (old, i) => old + h * direction[i])
      const y = (await session.run({ ...feeds, [name]: new Tensor('float32', data, weights[name].dims) }))[
        output
      ]
      return (y.data as Float32Array).reduce((sum, v, i) => sum + v * seed[i], 0)
    }
    const h = 0.02
    const numeric =
      (8 * ((await value(h)) - (await value(-h))) - ((await value(2 * h)) - (await value(-2 * h)))) / (12 * h)
    errors[name] = Math.abs(numeric - length) / length
  }
  await session.release()
  return { errors, nothing }
}

test.each(cases)('gradients reach all that is new: $rewrite ($style)', async ({ rewrite, style }) => {
  const model = smallVit(style)
  const rewritten = await rewrites[rewrite](model, await findBlocks(model))
  const { errors, nothing } = await derivatives(
    shaken(rewritten),
    rewritten.trainable.map(({ name }) => name),
  )
  for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(0.02)
  // a shift of all keys moves no softmax, and where keys have a layer of their own SSF has such a shift
  expect(nothing).toHaveLength(rewrite === 'ssf' && style === 'torch' ? 2 : 0)
})

test.each(styles)('every weight of a ViT for pictures of another size can be trained (%s)', async (style) => {
  const model = smallVit(style)
  const sized = await atInputSize(model, await findBlocks(model), { height: 8, width: 8 })
  const names = weightsOf(sized).map(({ name }) => name)
  const { errors, nothing } = await derivatives(sized, names, 8)
  for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(0.02)
  expect(nothing).toEqual(style === 'torch' ? ['b0.k.bias', 'b1.k.bias'] : []) // which move no softmax
})

test('a position embedding that the graph resizes, cubic and antialiased, is trained at both sizes', async () => {
  const model = smallVit('fused', { resizedPosition: 'to the picture' })
  const vit = await findBlocks(model)
  for (const side of [small.image, 8]) {
    const sized = await atInputSize(model, vit, { height: side, width: side })
    const { errors } = await derivatives(sized, ['pos'], side)
    expect(errors.pos).toBeLessThan(0.02)
  }
})

test('with only a head trained, no gradient is asked of what resizes the position embedding', async () => {
  const model = smallVit('fused', { resizedPosition: 'to the picture' })
  const head = withHead(model, {
    feature: 'embedding',
    width: 8,
    classes: 3,
    kind: 'linear',
    random: random(),
  })
  const { errors } = await derivatives(head.model, ['head.weight', 'head.bias'])
  expect(Math.max(...Object.values(errors))).toBeLessThan(0.001)
})
