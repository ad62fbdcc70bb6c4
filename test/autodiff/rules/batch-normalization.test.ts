import { describe, expect, test } from 'vitest'
import { bytesOf, differentiate, lowered, type Network, penFor, pruned } from '../../../src/autodiff/index.ts'
import { openSession } from '../../../src/runtime/index.ts'
import { chance, sizeOf, Tensor } from '../../../src/tensor/index.ts'
import { checkRule, gradientsAt } from '../central-differences.ts'

const maps = [
  [3, 2, 4, 3],
  [2, 3, 8, 8],
  [1, 2, 3, 3],
  [5, 3],
  [2, 2, 6],
]

describe('BatchNormalization with frozen statistics', () => {
  test.each(maps.map((dims) => [dims]))('of %j', async (dims) => {
    const channels = [dims[1]]
    await checkRule({
      op: 'BatchNormalization',
      attributes: { epsilon: 0.01 },
      inputs: {
        x: { dims },
        gamma: { dims: channels, range: [0.5, 1.5] },
        beta: { dims: channels },
        mean: { dims: channels },
        variance: { dims: channels, range: [0.8, 2] },
      },
    })
  })

  test('a mean a thousand times the deviation costs the gain no digits', async () => {
    // x̂ = [-1, 1]: the gain's gradient of dY = [1, 3] is 2
    const inputs = {
      x: { dims: [2, 1], data: [999, 1001] },
      gamma: { dims: [1], data: [1] },
      beta: { dims: [1], data: [0] },
      mean: { dims: [1], data: [1000] },
      variance: { dims: [1], data: [1] },
    }
    const attributes = { epsilon: 0 }
    const { gamma } = await gradientsAt({ op: 'BatchNormalization', attributes, inputs, dY: [1, 3] })
    expect(gamma[0]).toBeCloseTo(2, 6)
  })
})

describe('BatchNormalization in training mode', () => {
  test.each(maps.map((dims) => [dims]))('of %j, spelt out, against differences in float64', async (dims) => {
    const { float, normal } = chance('training', 0)
    const draw = (size: number, low: number, high: number) =>
      Float32Array.from({ length: size }, () => low + (high - low) * float())
    const values = {
      x: draw(sizeOf(dims), -1.5, 1.5),
      gamma: draw(dims[1], 0.5, 1.5),
      beta: draw(dims[1], -1, 1),
      seed: Float32Array.from({ length: sizeOf(dims) }, normal),
    }
    const gradients = await trainingGradients(dims, values)
    for (const name of ['x', 'gamma', 'beta'] as const) {
      const slopes = values[name].map((_, index) => slope(dims, values, name, index))
      const largest = Math.max(...slopes.map(Math.abs))
      const worst = Math.max(...slopes.map((value, index) => Math.abs(value - gradients[name][index])))
      expect(worst / largest, name).toBeLessThan(1e-5)
    }
  })

  test('that was not spelt out is refused by name', async () => {
    const channels = { dims: [2] }
    const inputs = {
      x: { dims: [2, 2, 3] },
      gamma: channels,
      beta: channels,
      mean: channels,
      variance: channels,
    }
    const outputs = ['result', 'newMean', 'newVariance']
    const seeded = ['result']
    const attributes = { training_mode: 1 }
    await expect(
      gradientsAt({ op: 'BatchNormalization', attributes, inputs, outputs, seeded }),
    ).rejects.toMatchObject({
      code: 'unsupported-gradient',
      what: expect.stringContaining('in training mode'),
    })
  })
})

type Values = Record<'x' | 'gamma' | 'beta' | 'seed', Float32Array>

/** The gradients that the engine gives for Σ seed · y. */
async function trainingGradients(dims: number[], values: Values): Promise<Record<string, Float32Array>> {
  const ref = (name: string, own: number[]) => ({ name, type: 'float32' as const, dims: own })
  const inputs = [
    ref('x', dims),
    ...['gamma', 'beta', 'mean', 'variance'].map((name) => ref(name, [dims[1]])),
  ]
  const network: Network = lowered(
    {
      label: 'a BatchNormalization',
      inputs,
      outputs: ['y'],
      nodes: [{ op: 'BatchNormalization', inputs: inputs.map(({ name }) => name), outputs: ['y'] }],
      constants: new Map(),
      shapes: new Map([...inputs, ref('y', dims)].map((tensor) => [tensor.name, tensor])),
    },
    { batchNorm: 'training' },
  )
  const pen = penFor(network)
  const wanted = ['x', 'gamma', 'beta']
  const seed = ref('seed', dims)
  const gradients = differentiate(network, { seeds: new Map([['y', seed]]), wanted }, pen)
  const outputs = wanted.map((name) => gradients.get(name)!.name)
  const session = await openSession(
    bytesOf({
      inputs: [...network.inputs.filter(({ name }) => wanted.includes(name)), seed],
      outputs,
      nodes: pruned([...network.nodes, ...pen.nodes], outputs),
      constants: new Map([...network.constants, ...pen.constants]),
      shapes: new Map([...network.shapes, ...pen.shapes]),
    }),
    { threads: 1, label: network.label },
  )
  const feeds = Object.entries(values).map(([name, data]) => [
    name,
    new Tensor('float32', data as never, data.length === sizeOf(dims) ? dims : [dims[1]]),
  ])
  const made = await session.run(Object.fromEntries(feeds))
  await session.release()
  return Object.fromEntries(wanted.map((name, index) => [name, made[outputs[index]].data as Float32Array]))
}

/** ∂(Σ seed · y) / ∂(one value), from the definition. */
function slope(dims: number[], values: Values, name: 'x' | 'gamma' | 'beta', index: number): number {
  const at = (h: number) => {
    const moved = { ...values, [name]: Float64Array.from(values[name]) }
    moved[name][index] += h
    return loss(dims, moved)
  }
  const h = 1e-3
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
}

function loss([batch, channels, ...map]: number[], values: Record<keyof Values, ArrayLike<number>>): number {
  const pixels = sizeOf(map)
  let sum = 0
  for (let c = 0; c < channels; c++) {
    const places = Array.from(
      { length: batch * pixels },
      (_, i) => (Math.floor(i / pixels) * channels + c) * pixels + (i % pixels),
    )
    const mean = places.reduce((all, place) => all + values.x[place], 0) / places.length
    const variance = places.reduce((all, place) => all + (values.x[place] - mean) ** 2, 0) / places.length
    for (const place of places) {
      const xhat = (values.x[place] - mean) / Math.sqrt(variance + 1e-5)
      sum += values.seed[place] * (values.gamma[c] * xhat + values.beta[c])
    }
  }
  return sum
}
