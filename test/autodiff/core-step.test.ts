import { expect, test } from 'vitest'
import {
  differentiate,
  type FreedNetwork,
  lowered,
  type Network,
  networkOf,
  penFor,
  trainingStep,
} from '../../src/autodiff/index.ts'
import { buildModel, type NodeSpec, type Numbers, readModel } from '../../src/onnx/index.ts'
import type { Tensor } from '../../src/runtime/index.ts'
import { crossEntropy, drawn, forward, freed, momentum, oneHot, tensorOf, walked } from './step-fixtures.ts'

const f32 = (dims: readonly number[], data: readonly number[]): Numbers => ({ type: 'float32', dims, data })

/** x → Gemm → Relu → Gemm → scores. */
function mlp(weights: Readonly<Record<'w1' | 'wb1' | 'w2' | 'wb2', Numbers>>, rows: number) {
  return freed({
    name: 'mlp',
    inputs: { x: { type: 'float32', shape: [rows, weights.w1.dims[0]] } },
    scores: 'scores',
    nodes: [
      { op: 'Gemm', inputs: ['x', 'w1', 'wb1'], outputs: ['inner'] },
      { op: 'Relu', inputs: ['inner'], outputs: ['hidden'] },
      { op: 'Gemm', inputs: ['hidden', 'w2', 'wb2'], outputs: ['scores'] },
    ],
    constants: weights,
  })
}

function all(network: FreedNetwork): string[] {
  return [...network.weights.keys()]
}

const byHand = {
  w1: f32([2, 2], [2, 1, 1, 2]),
  wb1: f32([2], [0, 0]),
  w2: f32([2, 2], [1, 3, 5, 7]),
  wb2: f32([2], [2, 0]),
}

test('the gradients of two layers are those of a calculation by hand', async () => {
  const network = await mlp(byHand, 1)
  const step = trainingStep({
    network,
    parameters: all(network),
    loss: crossEntropy('scores'),
    update: 'gradients',
  })
  const batch = { x: tensorOf(f32([1, 2], [1, -1])), target: oneHot([0], 2) }
  const { losses, outputs } = await walked(step, network.weights, batch)
  // inner = (2 − 1, 1 − 2) = (1, −1), hidden = (1, 0), scores = (1 + 2, 3 + 0) = (3, 3): even odds
  expect(losses[0]).toBeCloseTo(Math.LN2)
  const gradient = (name: string) => Array.from(outputs[`${name}.gradient`].data as Float32Array)
  expect(gradient('wb2')).toEqual([-0.5, 0.5]) //             softmax − target
  expect(gradient('w2')).toEqual([-0.5, 0.5, 0, 0]) //        hiddenᵀ · that
  expect(gradient('wb1')).toEqual([1, 0]) //                  −½·1 + ½·3, and the second unit is off
  expect(gradient('w1')).toEqual([1, 0, -1, 0]) //            xᵀ · that
})

test('momentum moves weights as the formula says, and decay pulls at those that have one', async () => {
  const network = await mlp(byHand, 1)
  const step = trainingStep({
    network,
    parameters: ['wb2', 'w2'],
    loss: crossEntropy('scores'),
    update: momentum(0.5),
    groupOf: (name) => (name === 'w2' ? 'head' : ''),
    weightDecayOf: (name) => (name === 'w2' ? 0.1 : 0),
    reads: ['scores'],
  })
  expect(step.parameters.map(({ name }) => name)).toEqual(['w2', 'wb2'])
  expect(step.numbers.map(({ input }) => input)).toEqual(['rate.head', 'rate'])
  const batch = { x: tensorOf(f32([1, 2], [1, -1])), target: oneHot([0], 2) }
  const { outputs } = await walked(step, network.weights, batch, { rate: 0.1 })
  const close = (name: string, expected: readonly number[]) =>
    Array.from(outputs[name].data as Float32Array).forEach((value, i) =>
      expect(value).toBeCloseTo(expected[i], 6),
    )
  close('scores', [3, 3])
  close('wb2.next', [2.05, -0.05]) //                         2 − .1 · (−.5), 0 − .1 · .5
  close('wb2.velocity.next', [-0.5, 0.5])
  close('w2.next', [1.04, 2.92, 4.95, 6.93]) //               1 − .1 · (−.5 + .1 · 1), 3 − .1 · (.5 + .1 · 3), …
})

test('a class of next to no probability gets no gradient, rather than one too small to be a normal number', async () => {
  const network = await freed({
    inputs: { x: { type: 'float32', shape: [1, 1] } },
    scores: 'scores',
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['scores'] }],
    constants: { w: f32([1, 3], [0, -95, -60]) }, // e⁻⁹⁵ = 5e-42, e⁻⁶⁰ = 9e-27
  })
  const step = trainingStep({
    network,
    parameters: ['w'],
    loss: crossEntropy('scores'),
    update: 'gradients',
  })
  const batch = { x: tensorOf(f32([1, 1], [1])), target: oneHot([0], 3) }
  const { outputs } = await walked(step, network.weights, batch)
  const [, tiny, small] = outputs['w.gradient'].data as Float32Array
  expect(Math.abs(tiny)).toBe(0)
  expect(small / Math.exp(-60)).toBeCloseTo(1, 3)
})

test('what a step reads it never writes over: new weights are other tensors', async () => {
  const network = await mlp(byHand, 1)
  const step = trainingStep({
    network,
    parameters: all(network),
    loss: crossEntropy('scores'),
    update: momentum(0.9),
  })
  const made = step.parameters.flatMap((one) => [one.made, ...one.kept.map((kept) => kept.made)])
  const read = step.parts.inputs.map(({ name }) => name)
  expect(new Set([...made, ...read]).size).toBe(made.length + read.length)
})

test('a weight with two readers gets the sum of two gradients, and summed micro-batches are the batch', async () => {
  const network = await freed({
    inputs: { x: { type: 'float32', shape: [2, 3] } },
    scores: 'scores',
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['a'] },
      { op: 'MatMul', inputs: ['a', 'w'], outputs: ['scores'] },
    ],
    constants: { w: drawn([3, 3], 'twice') },
  })
  const options = { network, parameters: ['w'], loss: crossEntropy('scores') }
  const batch = { x: tensorOf(drawn([2, 3], 'x')), target: oneHot([0, 2], 3) }
  const exact = await walked(trainingStep({ ...options, update: 'gradients' }), network.weights, batch)
  const g = Array.from(exact.outputs['w.gradient'].data as Float32Array)
  const lossAt = async (k: number, by: number) => {
    const w = network.weights.get('w')!
    const moved = Float32Array.from(w.data as Float32Array)
    moved[k] += by
    const weights = new Map([['w', { ...w, data: moved }]])
    return (await walked(trainingStep({ ...options, update: 'gradients' }), weights, batch)).losses[0]
  }
  for (const k of [0, 4, 7]) {
    expect(((await lossAt(k, 0.02)) - (await lossAt(k, -0.02))) / 0.04).toBeCloseTo(g[k], 2)
  }
  const step = trainingStep({ ...options, update: 'accumulate' })
  const summed = await walked(step, network.weights, batch)
  expect(Array.from(summed.outputs[step.parameters[0].made].data as Float32Array)).toEqual(g)
})

/** Conv → BatchNormalization → Relu, twice, the second strided; pooled; Gemm. */
function convNet(statistics: 'constant' | 'fed') {
  const norm = (x: string, y: string, k: number): NodeSpec => ({
    op: 'BatchNormalization',
    inputs: [x, `wg${k}`, `wb${k}`, `mean${k}`, `variance${k}`],
    outputs: [y],
    attributes: { epsilon: 1e-5 },
  })
  const positive = (dims: readonly number[], seed: string): Numbers => ({
    ...drawn(dims, seed),
    data: drawn(dims, seed).data.map((value) => 0.5 + Math.abs(value)),
  })
  return freed(
    {
      name: 'conv-net',
      inputs: { pixels: { type: 'float32', shape: [4, 3, 8, 8] } },
      scores: 'scores',
      nodes: [
        {
          op: 'Conv',
          inputs: ['pixels', 'w1'],
          outputs: ['a'],
          attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
        },
        norm('a', 'b', 1),
        { op: 'Relu', inputs: ['b'], outputs: ['c'] },
        {
          op: 'Conv',
          inputs: ['c', 'w2', 'wc2'],
          outputs: ['d'],
          attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
        },
        norm('d', 'e', 2),
        { op: 'Relu', inputs: ['e'], outputs: ['f'] },
        { op: 'GlobalAveragePool', inputs: ['f'], outputs: ['pooled'] },
        { op: 'Flatten', inputs: ['pooled'], outputs: ['embedding'] },
        { op: 'Gemm', inputs: ['embedding', 'w3', 'wb3'], outputs: ['scores'] },
      ],
      constants: {
        w1: drawn([6, 3, 3, 3], 'w1', 0.3),
        w2: drawn([8, 6, 3, 3], 'w2', 0.3),
        wc2: drawn([8], 'wc2', 0.1),
        w3: drawn([8, 3], 'w3'),
        wb3: drawn([3], 'wb3'),
        wg1: positive([6], 'wg1'),
        wb1: drawn([6], 'wb1'),
        mean1: drawn([6], 'mean1', 0.2),
        variance1: positive([6], 'variance1'),
        wg2: positive([8], 'wg2'),
        wb2: drawn([8], 'wb2'),
        mean2: drawn([8], 'mean2', 0.2),
        variance2: positive([8], 'variance2'),
      },
    },
    statistics,
  )
}

const pictures = { pixels: tensorOf(drawn([4, 3, 8, 8], 'pixels')), target: oneHot([0, 1, 2, 1], 3) }

async function gradientsOf(
  network: Parameters<typeof trainingStep>[0]['network'],
  weights: ReadonlyMap<string, Numbers>,
) {
  const parameters = [...weights.keys()].filter((name) => name.startsWith('w'))
  const step = trainingStep({ network, parameters, loss: crossEntropy('scores'), update: 'gradients' })
  return { step, ...(await walked(step, weights, pictures)) }
}

function expectSame(
  got: Readonly<Record<string, Tensor>>,
  wanted: Readonly<Record<string, Tensor>>,
  names: string[],
) {
  for (const name of names) {
    const a = got[name].data as Float32Array
    const b = wanted[name].data as Float32Array
    const largest = Math.max(...b.map(Math.abs))
    a.forEach((value, i) =>
      expect(Math.abs(value - b[i]), `${name}[${i}]`).toBeLessThan(2e-5 * largest + 1e-7),
    )
  }
}

test('a frozen BatchNormalization folded into its Conv gives the gradients of the two', async () => {
  const network = await convNet('constant')
  const folded = lowered(network, { batchNorm: 'frozen' })
  expect(network.nodes.filter(({ op }) => op === 'BatchNormalization')).toHaveLength(2)
  expect(folded.nodes.filter(({ op }) => op === 'BatchNormalization')).toHaveLength(0)
  const two = await gradientsOf(network, network.weights)
  const one = await gradientsOf(folded, network.weights)
  const names = two.step.parameters.map(({ made }) => made)
  expect(names).toHaveLength(9)
  expectSame(one.outputs, two.outputs, ['loss', ...names])
})

test('BatchNormalization in training mode: one rule gives what the rules of its pieces give', async () => {
  const network = await convNet('fed')
  const spelled = lowered(network, { batchNorm: 'training' })
  expect(spelled.virtual).toHaveLength(2)
  expect(spelled.inputs.map(({ name }) => name)).not.toContain('mean1')
  const weights = new Map([...network.weights].filter(([name]) => name.startsWith('w')))
  const one = await gradientsOf(spelled, weights)
  const many = await gradientsOf({ ...spelled, virtual: [] }, weights)
  // A bias before a normalisation moves nothing: what comes out for it is rounding.
  const names = one.step.parameters.map(({ made }) => made).filter((name) => name !== 'wc2.gradient')
  expectSame(one.outputs, many.outputs, names)
  expect(Math.max(...(one.outputs['wc2.gradient'].data as Float32Array).map(Math.abs))).toBeLessThan(1e-6)
  expect(one.step.parts.nodes.length).toBeLessThan(many.step.parts.nodes.length)
})

test('BatchNormalization in training mode tells the mean and variance of its batch', async () => {
  const network = await convNet('fed')
  const { step, outputs } = await gradientsOf(lowered(network, { batchNorm: 'training' }), network.weights)
  const [first] = step.statistics
  expect(first).toMatchObject({
    runningMean: 'mean1',
    runningVariance: 'variance1',
    momentum: 0.9,
    count: 4 * 8 * 8,
  })
  // The first map before normalisation comes from the pictures alone.
  const plain = await forward({ ...network, outputs: ['a'] }, pictures)
  const map = plain.a.data as Float32Array
  for (let c = 0; c < 6; c++) {
    const values = [0, 1, 2, 3].flatMap((n) =>
      Array.from(map.subarray((n * 6 + c) * 64, (n * 6 + c + 1) * 64)),
    )
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
    expect(outputs[first.mean].data[c]).toBeCloseTo(mean, 5)
    expect(outputs[first.variance].data[c]).toBeCloseTo(variance, 5)
  }
})

for (const batchNorm of ['frozen', 'training'] as const) {
  test(`a small convolutional net descends with ${batchNorm} BatchNormalization, bit for bit on one thread and two`, async () => {
    const network = await convNet('fed')
    const step = trainingStep({
      network: lowered(network, { batchNorm }),
      parameters: all(network).filter((name) => name.startsWith('w')),
      loss: crossEntropy('scores'),
      update: momentum(0.9),
    })
    const one = await walked(step, network.weights, pictures, { steps: 20, threads: 1, rate: 0.05 })
    const two = await walked(step, network.weights, pictures, { steps: 20, threads: 2, rate: 0.05 })
    expect(one.losses.at(-1)!).toBeLessThan(one.losses[0] / 4)
    expect(two.losses).toEqual(one.losses)
    for (const { made } of step.parameters) expect(two.outputs[made].data).toEqual(one.outputs[made].data)
  })
}

test('an operator without a gradient is named, and stands in nobody’s way below the trained weights', async () => {
  const network = await networkOf(
    readModel(
      buildModel({
        inputs: { x: { type: 'float32', shape: [2, 3] } },
        outputs: { scores: { type: 'float32' } },
        nodes: [
          { op: 'MatMul', inputs: ['x', 'below'], outputs: ['a'] },
          { op: 'Det', name: '/odd/Det', inputs: ['square'], outputs: ['d'] },
          { op: 'Reshape', inputs: ['a', 'shape'], outputs: ['square'] },
          { op: 'Mul', inputs: ['a', 'd'], outputs: ['b'] },
          { op: 'MatMul', inputs: ['b', 'above'], outputs: ['scores'] },
        ].sort((p, q) => order.indexOf(p.outputs[0]) - order.indexOf(q.outputs[0])),
        constants: {
          below: drawn([3, 2], 'below'),
          above: drawn([2, 2], 'above'),
          shape: { type: 'int64', dims: [2], data: [2, 2] },
        },
      }),
      'odd.onnx',
    ),
    { dims: {}, free: ({ dims }) => dims.length === 2 },
  )
  const step = (parameters: string[]) =>
    trainingStep({ network, parameters, loss: crossEntropy('scores'), update: 'gradients' })
  expect(() => step(['below'])).toThrow(
    expect.objectContaining({
      code: 'unsupported-gradient',
      what: expect.stringMatching(
        /^Det \/odd\/Det cannot be differentiated: no gradient is known for the operator Det\.$/,
      ),
    }),
  )
  expect(step(['above']).parameters).toHaveLength(1)
})
const order = ['a', 'square', 'd', 'b', 'scores']

test('a weight that the loss does not depend on is no part of the step', async () => {
  const network = await mlp(byHand, 1)
  const step = trainingStep({
    network,
    parameters: ['w1', 'wb2'],
    loss: ({ emit, tensor }) => emit.ReduceSum(tensor('hidden'), [0, 1], false),
    update: 'gradients',
  })
  expect(step.parameters.map(({ name }) => name)).toEqual(['w1'])
  const { outputs } = await walked(step, network.weights, { x: tensorOf(f32([1, 2], [1, -1])) })
  expect(Array.from(outputs['w1.gradient'].data as Float32Array)).toEqual([1, 0, -1, 0])
})

test('without a seed there is no gradient, and nothing is written', async () => {
  const network = await mlp(byHand, 1)
  const pen = penFor(network)
  expect(differentiate(network, { seeds: new Map(), wanted: ['w1'] }, pen).size).toBe(0)
  expect(pen.nodes).toHaveLength(0)
})

test('shapes that contradict each other are told with the node at which they do', () => {
  const ref = (name: string, dims: readonly number[]) => ({ name, type: 'float32' as const, dims })
  const [x, w, y] = [ref('x', [2, 3]), ref('w', [4, 2]), ref('y', [2, 2])] // 3 columns cannot meet 4 rows
  const damaged: Network = {
    label: 'damaged.onnx',
    inputs: [x, w],
    outputs: ['y'],
    nodes: [{ op: 'MatMul', name: '/head/MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
    constants: new Map(),
    shapes: new Map([x, w, y].map((one) => [one.name, one])),
  }
  const pen = penFor(damaged)
  const seeds = new Map([['y', pen.emit.filled([2, 2], 1)]])
  expect(() => differentiate(damaged, { seeds, wanted: ['x'] }, pen)).toThrow(
    expect.objectContaining({
      code: 'gradient-shapes',
      what: expect.stringMatching(
        /^The gradient of MatMul \/head\/MatMul could not be written: \[2, 4\] does not reshape to \[2, 3\]\.$/,
      ),
    }),
  )
})
