import { expect, test } from 'vitest'
import {
  bytesOf,
  differentiate,
  type Network,
  penFor,
  pruned,
  type Ref,
} from '../../../src/autodiff/index.ts'
import type { NodeSpec } from '../../../src/onnx/index.ts'
import { openSession, Tensor } from '../../../src/runtime/index.ts'
import { chance, sizeOf } from '../../../src/tensor/index.ts'

const f32 = (name: string, dims: readonly number[]): Ref => ({ name, type: 'float32', dims })
const tokens = 7

const own = { domain: 'com.microsoft' }
const mixing: Record<string, { node: Omit<NodeSpec, 'inputs' | 'outputs'>; v: number[]; o: number[] }> = {
  'a product': { node: { op: 'MatMul' }, v: [2, tokens, 4], o: [2, tokens, 4] },
  'a product by a factor with the values turned': {
    node: { ...own, op: 'FusedMatMul', attributes: { transB: 1, alpha: 0.5 } },
    v: [2, 4, tokens],
    o: [2, tokens, 4],
  },
  'a product with the weights turned': {
    node: { ...own, op: 'FusedMatMul', attributes: { transA: 1 } },
    v: [2, tokens, 4],
    o: [2, tokens, 4],
  },
  'a product with values wider than the tokens are many': {
    node: { op: 'MatMul' },
    v: [2, tokens, 9],
    o: [2, tokens, 9],
  },
}

/** The gradient of x behind softmax(x) mixed with v; `others` read the softmax or its gradient as well. */
async function gradientOf(name: keyof typeof mixing, how: 'mixed' | 'also read' | 'also seeded' | 'hidden') {
  const { node, v, o } = mixing[name]
  const inputs = [f32('x', [2, tokens, tokens]), f32('v', v)]
  const seeds = [f32('dO', o), f32('dP', [2, tokens, tokens])]
  const nodes: NodeSpec[] = [
    { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
    { op: 'Identity', inputs: ['p'], outputs: ['same'] },
    { ...node, inputs: [how === 'hidden' ? 'same' : 'p', 'v'], outputs: ['o'] },
  ]
  if (how === 'mixed' || how === 'also seeded') nodes.splice(1, 1)
  const shapes = [...inputs, f32('p', [2, tokens, tokens]), f32('same', [2, tokens, tokens]), f32('o', o)]
  const network: Network = {
    label: String(name),
    inputs,
    outputs: ['o'],
    nodes,
    constants: new Map(),
    shapes: new Map(shapes.map((ref) => [ref.name, ref])),
  }
  const arriving = new Map([['o', seeds[0]]])
  if (how === 'also read') arriving.set('same', seeds[1])
  if (how === 'also seeded') arriving.set('p', seeds[1])
  const pen = penFor(network)
  const dX = differentiate(network, { seeds: arriving, wanted: ['x'] }, pen).get('x')!
  const fed = [...inputs, ...seeds]
  const session = await openSession(
    bytesOf({
      inputs: fed,
      outputs: [dX.name],
      nodes: pruned([...nodes, ...pen.nodes], [dX.name]),
      constants: pen.constants,
      shapes: new Map([...network.shapes, ...pen.shapes]),
    }),
    { threads: 1, label: network.label },
  )
  const { normal } = chance('attention')
  const feeds = fed.map(({ name, dims }) => {
    const values = Float32Array.from({ length: sizeOf(dims) }, normal)
    return [name, new Tensor('float32', values as never, dims)] as const
  })
  const made = await session.run(Object.fromEntries(feeds))
  await session.release()
  return { values: Array.from(made[dX.name].data as Float32Array), nodes: pen.nodes }
}

for (const name of Object.keys(mixing)) {
  test(`softmax before ${name} has the gradient that it has by itself`, async () => {
    const { values } = await gradientOf(name, 'mixed')
    const plain = (await gradientOf(name, 'hidden')).values
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(plain[i], 5)
    // What else reaches the softmax must not be lost: both ways of adding to it agree.
    const read = (await gradientOf(name, 'also read')).values
    const seeded = (await gradientOf(name, 'also seeded')).values
    for (const [i, value] of read.entries()) expect(value).toBeCloseTo(seeded[i], 5)
    expect(Math.abs(read[0] - values[0])).toBeGreaterThan(1e-4)
  })
}

test('in attention the row sums are taken over the size of a head', async () => {
  const sums = async (name: keyof typeof mixing) => {
    const { nodes } = await gradientOf(name, 'mixed')
    return nodes.some(({ op, inputs }) => op === 'Mul' && inputs.includes('o') && inputs.includes('dO'))
  }
  expect(await sums('a product')).toBe(true)
  expect(await sums('a product with the weights turned')).toBe(false)
  expect(await sums('a product with values wider than the tokens are many')).toBe(false)
})
