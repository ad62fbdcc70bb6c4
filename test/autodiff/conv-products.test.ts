import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  convProducts,
  differentiate,
  type Network,
  penFor,
  pruned,
} from '../../src/autodiff/index.ts'
import type { NodeSpec } from '../../src/onnx/index.ts'
import { openSession } from '../../src/runtime/index.ts'
import { chance, sizeOf, Tensor } from '../../src/tensor/index.ts'

type Case = [string, { x: number[]; w: number[]; y: number[]; attributes: NodeSpec['attributes'] }]

const small: Case[] = [
  [
    'dense, padded',
    { x: [2, 3, 5, 6], w: [4, 3, 3, 3], y: [2, 4, 5, 6], attributes: { pads: [1, 1, 1, 1] } },
  ],
  [
    'dense, strided',
    {
      x: [1, 3, 7, 7],
      w: [4, 3, 3, 2],
      y: [1, 4, 3, 4],
      attributes: { strides: [2, 2], pads: [0, 1, 0, 0] },
    },
  ],
  [
    'depthwise',
    { x: [3, 4, 6, 6], w: [4, 1, 3, 3], y: [3, 4, 6, 6], attributes: { group: 4, pads: [1, 1, 1, 1] } },
  ],
  [
    'depthwise, strided',
    {
      x: [2, 3, 6, 5],
      w: [3, 1, 3, 3],
      y: [2, 3, 3, 3],
      attributes: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] },
    },
  ],
]

describe('a convolution on a small map, written as a product', () => {
  for (const biased of [true, false]) {
    test.each(small)(`is the same and has the same gradients: %s, bias ${biased}`, async (_, shapes) => {
      const plain = convolution(shapes, biased)
      const product = convProducts(plain)
      expect(product.nodes.map(({ op }) => op)).not.toContain('Conv')
      const [before, after] = [await results(plain, shapes), await results(product, shapes)]
      for (const [name, values] of Object.entries(before)) {
        expect(distance(values, after[name]), name).toBeLessThan(2e-6)
      }
    })
  }

  test.each<Case>([
    ['on a larger map', { x: [1, 2, 8, 8], w: [2, 2, 3, 3], y: [1, 2, 6, 6], attributes: {} }],
    ['in groups', { x: [1, 4, 3, 3], w: [4, 2, 3, 3], y: [1, 4, 1, 1], attributes: { group: 2 } }],
    ['of one place', { x: [1, 2, 3, 3], w: [4, 2, 1, 1], y: [1, 4, 3, 3], attributes: {} }],
    ['of patches', { x: [1, 2, 4, 4], w: [4, 2, 2, 2], y: [1, 4, 2, 2], attributes: { strides: [2, 2] } }],
  ])('stays as it is %s', (_, shapes) => {
    const plain = convolution(shapes, true)
    expect(convProducts(plain)).toBe(plain)
  })

  test('stays as it is where its weights are frozen: the runtime lays those out beforehand', () => {
    const [, shapes] = small[0]
    const plain = convolution(shapes, false)
    const data = new Float32Array(sizeOf(shapes.w))
    const frozen = {
      ...plain,
      inputs: plain.inputs.slice(0, 1),
      constants: new Map([['w', { type: 'float32' as const, dims: shapes.w, data }]]),
    }
    expect(convProducts(frozen)).toBe(frozen)
  })
})

function convolution({ x, w, y, attributes }: Case[1], biased: boolean): Network {
  const ref = (name: string, dims: number[]) => ({ name, type: 'float32' as const, dims })
  const inputs = [ref('x', x), ref('w', w), ...(biased ? [ref('b', [w[0]])] : [])]
  return {
    label: 'a convolution',
    inputs,
    outputs: ['y'],
    nodes: [{ op: 'Conv', inputs: inputs.map(({ name }) => name), outputs: ['y'], attributes }],
    constants: new Map(),
    shapes: new Map([...inputs, ref('y', y)].map((tensor) => [tensor.name, tensor])),
  }
}

/** y, and the gradients of Σ seed · y, by name. */
async function results(network: Network, { y }: Case[1]): Promise<Record<string, Float32Array>> {
  const pen = penFor(network)
  const wanted = network.inputs.map(({ name }) => name)
  const seed = { name: 'seed', type: 'float32' as const, dims: y }
  const gradients = differentiate(network, { seeds: new Map([['y', seed]]), wanted }, pen)
  const outputs = ['y', ...wanted.map((name) => gradients.get(name)!.name)]
  const inputs = [...network.inputs, seed]
  const session = await openSession(
    bytesOf({
      inputs,
      outputs,
      nodes: pruned([...network.nodes, ...pen.nodes], outputs),
      constants: new Map([...network.constants, ...pen.constants]),
      shapes: new Map([...network.shapes, ...pen.shapes]),
    }),
    { threads: 1, label: network.label },
  )
  const { normal } = chance('values', 0)
  const feeds = inputs.map(({ name, dims }) => [
    name,
    new Tensor('float32', Float32Array.from({ length: sizeOf(dims) }, normal), dims),
  ])
  const made = await session.run(Object.fromEntries(feeds))
  await session.release()
  return Object.fromEntries(
    ['y', ...wanted].map((name, index) => [name, made[outputs[index]].data as Float32Array]),
  )
}

/** Largest difference over the largest value. */
function distance(a: Float32Array, b: Float32Array): number {
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index])), 0) / largest
}
