import { expect, test } from 'vitest'
import { lowered, type Network, trainingStep } from '../../src/autodiff/index.ts'
import type { NodeSpec, Numbers } from '../../src/onnx/index.ts'
import { drawn, tensorOf, walked } from './step-fixtures.ts'

interface Given {
  transB?: number
  biased?: boolean
  axis?: number
  constant?: boolean
  /** Hands out the whole product too. */
  read?: boolean
}

/** Four rows, seen as 2 × 2, and their product with weights cut into parts of 2, 2 and 4 columns, in heads of 2. */
function cut({ transB = 0, biased = true, axis = 2, constant = false, read = false }: Given) {
  const weights = new Map([
    ['w', drawn(transB === 1 ? [8, 3] : [3, 8], 'w')],
    ...(biased ? [['b', drawn([8], 'b')] as const] : []),
  ])
  const ref = (name: string, dims: readonly number[]) => ({ name, type: 'float32' as const, dims })
  const fed = [...weights].map(([name, { dims }]) => ref(name, dims))
  const lengths = axis === 2 ? [1, 1, 2] : [1, 1]
  const parts = lengths.map((length, i) => ref(`part${i}`, [2, 2, 4, 2].with(axis, length)))
  const activated = parts.map(({ name, dims }) => ref(`${name}.tanh`, dims))
  const nodes: NodeSpec[] = [
    { op: 'Gemm', inputs: ['x', ...weights.keys()], outputs: ['product'], attributes: { transB } },
    { op: 'Reshape', inputs: ['product', 'dims'], outputs: ['heads'] },
    {
      op: 'Split',
      inputs: ['heads', 'lengths'],
      outputs: parts.map(({ name }) => name),
      attributes: { axis },
    },
    ...parts.map(({ name }): NodeSpec => ({ op: 'Tanh', inputs: [name], outputs: [`${name}.tanh`] })),
  ]
  const integers = (data: number[]) => ({ type: 'int64' as const, dims: [data.length], data })
  const network: Network = {
    label: 'a product in parts',
    inputs: [ref('x', [4, 3]), ...(constant ? [] : fed)],
    outputs: [...activated.map(({ name }) => name), ...(read ? ['product'] : [])],
    nodes,
    constants: new Map<string, Numbers>([
      ['dims', integers([2, 2, 4, 2])],
      ['lengths', integers(lengths)],
      ...(constant ? weights : []),
    ]),
    shapes: new Map(
      [
        { name: 'dims', type: 'int64' as const, dims: [4] },
        { name: 'lengths', type: 'int64' as const, dims: [lengths.length] },

        ref('x', [4, 3]),
        ...fed,
        ref('product', [4, 8]),
        ref('heads', [2, 2, 4, 2]),
        ...parts,
        ...activated,
      ].map((each) => [each.name, each] as const),
    ),
  }
  return { network, weights }
}

async function gradientsOf(network: Network, weights: ReturnType<typeof cut>['weights']) {
  const step = trainingStep({
    network,
    parameters: ['x', ...weights.keys()],
    loss: ({ emit, tensor }) => {
      const terms = network.outputs.map((name) => {
        const part = tensor(name)
        const seed = emit.constant(drawn(part.dims, name))
        return emit.ReduceSum(emit.Mul(part, seed), [0, 1, 2, 3], false)
      })
      return emit.Sum(...terms)
    },
    update: 'gradients',
  })
  const { outputs } = await walked(step, weights, { x: tensorOf(drawn([4, 3], 'x')) })
  return step.parameters.map(({ name, made }) => ({ name, data: outputs[made].data as Float32Array }))
}

test.each<[string, Given]>([
  ['weights as columns', {}],
  ['weights as rows', { transB: 1 }],
  ['no bias', { biased: false }],
])('a product that is cut into parts is a product a part, with the same gradients: %s', async (_, given) => {
  const { network, weights } = cut(given)
  const apart = lowered(network, { batchNorm: 'frozen' })
  expect(apart.nodes.filter(({ op }) => op === 'Gemm')).toHaveLength(3)
  expect(apart.nodes.filter(({ op }) => op === 'Split').map(({ inputs }) => inputs[0])).toEqual([
    ...weights.keys(),
  ])
  const [got, wanted] = [await gradientsOf(apart, weights), await gradientsOf(network, weights)]
  for (const [i, { name, data }] of wanted.entries()) {
    const most = Math.max(...data.map(Math.abs))
    const off = Math.max(...data.map((value, k) => Math.abs(value - got[i].data[k])))
    expect(off, name).toBeLessThan(2e-6 * most)
  }
})

test.each<[string, Given]>([
  ['it is cut between rows', { axis: 1 }],
  ['the whole is read as well', { read: true }],
  ['its weights are constant', { constant: true }],
])('it stays as it is where %s', (_, given) => {
  const { network } = cut(given)
  expect(lowered(network, { batchNorm: 'frozen' })).toBe(network)
})
