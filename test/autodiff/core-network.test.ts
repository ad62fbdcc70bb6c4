import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  differentiate,
  firstNaN,
  networkOf,
  penFor,
  pruned,
  trainingStep,
} from '../../src/autodiff/index.ts'
import { buildModel, type NodeSpec, type Numbers, readModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { crossEntropy, drawn, forward, oneHot, tensorOf, walked } from './step-fixtures.ts'

type Case = { nodes: NodeSpec[]; constants?: Record<string, Numbers>; dims?: readonly number[] }

function model({ nodes, constants = {}, dims = [2, 4, 3] }: Case, opset: number) {
  return buildModel({
    inputs: { x: { type: 'float32', shape: dims } },
    outputs: { y: { type: 'float32' } },
    nodes,
    constants,
    opset,
  })
}

async function run(bytes: Uint8Array, feeds: Record<string, Tensor>): Promise<Tensor> {
  const session = await openSession(bytes, { threads: 1, label: 'as it is' })
  const { y } = await session.run(feeds)
  await session.release()
  return y
}

function network(made: Case, opset: number) {
  return networkOf(readModel(model(made, opset), 'old.onnx'), { dims: {}, free: () => false })
}

const one = (op: string, attributes: NodeSpec['attributes'] = {}, inputs = ['x']): NodeSpec[] => [
  { op, inputs, outputs: ['y'], attributes },
]

describe('a network of an older opset computes what the runtime made of it', () => {
  const cases: Record<string, readonly [number, Case]> = {
    'ReduceSum with axes as an attribute': [11, { nodes: one('ReduceSum', { axes: [1], keepdims: 0 }) }],
    'ReduceMean with axes as an attribute': [17, { nodes: one('ReduceMean', { axes: [-1, 1] }) }],
    'ReduceMax over everything': [12, { nodes: one('ReduceMax', { keepdims: 0 }) }],
    'Unsqueeze and Squeeze': [
      11,
      {
        nodes: [
          { op: 'Unsqueeze', inputs: ['x'], outputs: ['u'], attributes: { axes: [0, 2] } },
          { op: 'Squeeze', inputs: ['u'], outputs: ['y'], attributes: { axes: [0] } },
        ],
      },
    ],
    'Split with sizes, one part read': [
      11,
      {
        nodes: [
          { op: 'Split', inputs: ['x'], outputs: ['a', 'b'], attributes: { axis: 1, split: [1, 3] } },
          { op: 'Relu', inputs: ['b'], outputs: ['y'] },
        ],
      },
    ],
    'Split without sizes': [
      13,
      {
        nodes: [
          { op: 'Split', inputs: ['x'], outputs: ['a', 'b'], attributes: { axis: 1 } },
          { op: 'Sub', inputs: ['a', 'b'], outputs: ['y'] },
        ],
      },
    ],
    'Softmax that flattens at its default axis, 1': [11, { nodes: one('Softmax') }],
    'Softmax along the last axis': [12, { nodes: one('Softmax', { axis: -1 }) }],
    'LogSoftmax that flattens at axis 0': [11, { nodes: one('LogSoftmax', { axis: 0 }) }],
    'Dropout, which acts in training only': [12, { nodes: one('Dropout') }],
    'Constant nodes of every kind': [
      13,
      {
        nodes: [
          { op: 'Constant', inputs: [], outputs: ['a'], attributes: { value_float: 2 } },
          { op: 'Constant', inputs: [], outputs: ['b'], attributes: { value_floats: { floats: [1, 2, 3] } } },
          {
            op: 'Constant',
            inputs: [],
            outputs: ['c'],
            attributes: { value: { type: 'float32', dims: [1], data: [0.5] } },
          },
          { op: 'Constant', inputs: [], outputs: ['shape'], attributes: { value_ints: [4, 6] } },
          { op: 'Mul', inputs: ['x', 'a'], outputs: ['xa'] },
          { op: 'Add', inputs: ['xa', 'b'], outputs: ['xab'] },
          { op: 'Div', inputs: ['xab', 'c'], outputs: ['xabc'] },
          { op: 'Reshape', inputs: ['xabc', 'shape'], outputs: ['y'] },
        ],
      },
    ],
    'operators of opset 22 that meant the same before': [
      22,
      { nodes: one('Transpose', { perm: [2, 0, 1] }) },
    ],
  }
  test.each(Object.entries(cases))('%s', async (_, [opset, made]) => {
    const x = tensorOf(drawn(made.dims ?? [2, 4, 3], 'x'))
    const wanted = await run(model(made, opset), { x })
    const got = await run(bytesOf(await network(made, opset)), { x })
    expect(got.dims).toEqual(wanted.dims)
    Array.from(got.data as Float32Array).forEach((value, i) =>
      expect(value).toBeCloseTo(Number(wanted.data[i]), 6),
    )
  })
})

describe('a network that cannot be differentiated is refused by the name of its node', () => {
  const refusal = (made: Case, opset: number) =>
    network(made, opset).then(
      () => 'taken',
      ({ code, what }) => `${code}: ${what}`,
    )
  test('an operator newer than ours', async () => {
    const constants = { g: drawn([3], 'g') }
    expect(await refusal({ nodes: one('RMSNormalization', {}, ['x', 'g']), constants }, 23)).toBe(
      'onnx-cannot-upgrade: RMSNormalization → y of opset 23 does not exist in opset 20.',
    )
  })
  test('GroupNormalization that scales channels', async () => {
    const constants = { g: drawn([4], 'g'), b: drawn([4], 'b') }
    const nodes = one('GroupNormalization', { num_groups: 2 }, ['x', 'g', 'b'])
    expect(await refusal({ nodes, constants }, 21)).toBe(
      'onnx-cannot-upgrade: GroupNormalization → y of opset 21 scales every channel, and that of opset 20 every group.',
    )
  })
  test('BatchNormalization whose batch statistics are read', async () => {
    const constants = Object.fromEntries(['g', 'b', 'm', 'v'].map((name) => [name, drawn([4], name)]))
    const nodes: NodeSpec[] = [
      {
        op: 'BatchNormalization',
        inputs: ['x', 'g', 'b', 'm', 'v'],
        outputs: ['n', 'mean', 'variance'],
        attributes: { training_mode: 1 },
      },
      { op: 'Identity', inputs: ['mean'], outputs: ['y'] },
    ]
    expect(await refusal({ nodes, constants }, 17)).toBe(
      'onnx-cannot-upgrade: BatchNormalization → n of opset 17 hands its batch statistics to another node.',
    )
  })
  test('an export for one batch size, asked for another', async () => {
    const read = readModel(model({ nodes: one('Relu') }, 17), 'fixed.onnx')
    await expect(networkOf(read, { dims: { batch: 8 }, free: () => false })).rejects.toMatchObject({
      code: 'onnx-fixed-batch',
      what: 'The network was exported for batches of 2, and batches of 8 are asked for.',
    })
  })
})

test('weights are chosen by the nodes that read them, through nodes that only hand them on', async () => {
  const asked: string[] = []
  const made = buildModel({
    inputs: { x: { type: 'float32', shape: ['n', 2, 4, 4] } },
    outputs: { y: { type: 'float32' } },
    nodes: [
      { op: 'Identity', inputs: ['kernel'], outputs: ['shared'] },
      { op: 'Conv', inputs: ['x', 'shared'], outputs: ['a'] },
      { op: 'BatchNormalization', inputs: ['a', 'gain', 'shift', 'mean', 'variance'], outputs: ['b'] },
      { op: 'Mul', inputs: ['b', 'half'], outputs: ['y'] },
    ],
    constants: {
      kernel: drawn([2, 2, 1, 1], 'kernel'),
      gain: drawn([2], 'gain'),
      shift: drawn([2], 'shift'),
      mean: drawn([2], 'mean'),
      variance: { type: 'float32', dims: [2], data: [1, 2] },
      half: { type: 'float32', dims: [], data: [0.5] },
      unread: drawn([2], 'unread'),
    },
  })
  const open = (statistics: 'constant' | 'fed') =>
    networkOf(readModel(made, 'named.onnx'), {
      dims: { batch: 3 },
      free: ({ name, readers }) => {
        asked.push(`${name}: ${readers.map(({ op }) => op).join(' ')}`)
        return readers.some(({ op }) => op === 'Conv')
      },
      statistics,
    })
  const read = await open('constant')
  expect(asked).toEqual([
    'kernel: Conv',
    'gain: BatchNormalization',
    'shift: BatchNormalization',
    'half: Mul',
  ])
  expect([...read.weights.keys()]).toEqual(['kernel'])
  expect(read.inputs.map(({ name, dims }) => `${name} ${dims.join('x')}`)).toEqual([
    'x 3x2x4x4',
    'kernel 2x2x1x1',
  ])
  expect([...(await open('fed')).weights.keys()]).toEqual(['kernel', 'mean', 'variance'])
})

test('a float16 network is trained in float32, from the values that its halves have', async () => {
  // 1, −2, 0.5, 65504 (the largest), 2⁻²⁴ (the smallest), −0
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x7bff, 0x0001, 0x8000)
  const made = buildModel({
    inputs: { x: { type: 'float16', shape: [2, 3] } },
    outputs: { y: { type: 'float16' } },
    nodes: [
      { op: 'Cast', inputs: ['x'], outputs: ['c'], attributes: { to: 'float16' } },
      { op: 'MatMul', inputs: ['c', 'w'], outputs: ['y'] },
    ],
    constants: { w: { type: 'float16', dims: [3, 2], data: bits } },
  })
  const read = await networkOf(readModel(made, 'half.onnx'), { dims: {}, free: () => true })
  expect(Array.from(read.weights.get('w')!.data as Float32Array)).toEqual([1, -2, 0.5, 65504, 2 ** -24, -0])
  const x = new Tensor('float32', Float32Array.of(1, 0, 0, 0, 1, 0), [2, 3])
  expect(Array.from((await forward(read, { x })).y.data as Float32Array)).toEqual([1, -2, 0.5, 65504])
})

/** Attention scores with an additive mask [3, 3] of 0 and −∞, then values. */
async function masked(mask: readonly number[]) {
  const made = buildModel({
    inputs: { x: { type: 'float32', shape: [1, 3, 4] } },
    outputs: { scores: { type: 'float32' } },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'wq'], outputs: ['q'] },
      { op: 'MatMul', inputs: ['x', 'wk'], outputs: ['k'] },
      { op: 'Transpose', inputs: ['k'], outputs: ['kt'], attributes: { perm: [0, 2, 1] } },
      { op: 'MatMul', inputs: ['q', 'kt'], outputs: ['qk'] },
      { op: 'Add', inputs: ['qk', 'mask'], outputs: ['masked'] },
      { op: 'Softmax', inputs: ['masked'], outputs: ['p'], attributes: { axis: -1 } },
      { op: 'MatMul', inputs: ['p', 'x'], outputs: ['o'] },
      { op: 'Reshape', inputs: ['o', 'rows'], outputs: ['scores'] },
    ],
    constants: {
      wq: drawn([4, 4], 'wq'),
      wk: drawn([4, 4], 'wk'),
      mask: { type: 'float32', dims: [3, 3], data: mask },
      rows: { type: 'int64', dims: [2], data: [3, 4] },
    },
  })
  const read = await networkOf(readModel(made, 'masked.onnx'), {
    dims: {},
    free: ({ name }) => name.startsWith('w'),
  })
  const step = trainingStep({
    network: read,
    parameters: ['wq', 'wk'],
    loss: crossEntropy('scores'),
    update: 'gradients',
  })
  const batch = { x: tensorOf(drawn([1, 3, 4], 'x')), target: oneHot([0, 3, 1], 4) }
  const weights = [...read.weights].map(([name, numbers]) => [name, tensorOf(numbers)] as const)
  const feeds = { ...batch, ...Object.fromEntries(weights) }
  return { ...(await walked(step, read.weights, batch)), step, feeds }
}

test('a mask of −∞ leaves gradients finite, and those of a mask of −10⁹', async () => {
  const mask = (out: number) => [0, out, out, 0, 0, out, 0, 0, 0]
  const hard = await masked(mask(Number.NEGATIVE_INFINITY))
  const soft = await masked(mask(-1e9))
  expect(hard.losses[0]).toBe(soft.losses[0])
  for (const name of ['wq.gradient', 'wk.gradient']) {
    expect(hard.outputs[name].data.every((value) => Number.isFinite(Number(value)))).toBe(true)
    expect(hard.outputs[name].data).toEqual(soft.outputs[name].data)
  }
})

test('a row that is masked whole is NaN forward, as the runtime has it, and its node is named', async () => {
  const out = Number.NEGATIVE_INFINITY
  const { losses, step, feeds } = await masked([0, out, out, out, out, out, 0, 0, 0])
  expect(losses).toEqual([Number.NaN])
  expect(await firstNaN(step.parts, feeds, { threads: 1 })).toMatch(
    /^Softmax → p made NaN of masked \(-Infinity … -?[\d.]+\)$/,
  )
})

test('NaN that was fed is told apart from NaN that was made, and finite numbers from both', async () => {
  const { step, feeds } = await masked([0, 0, 0, 0, 0, 0, 0, 0, 0])
  expect(await firstNaN(step.parts, feeds, { threads: 1 })).toBeUndefined()
  const x = tensorOf(drawn([1, 3, 4], 'x'))
  x.data[5] = Number.NaN
  expect(await firstNaN(step.parts, { ...feeds, x }, { threads: 1 })).toBe('the input x held NaN already')
})

test('gradients are written for a network as it was read, not only for a step', async () => {
  const read = await network({ nodes: one('Softmax', { axis: -1 }) }, 13)
  const pen = penFor(read)
  const seed = pen.emit.filled([2, 4, 3], 1)
  const gradient = differentiate(read, { seeds: new Map([['y', seed]]), wanted: ['x'] }, pen).get('x')!
  const bytes = bytesOf({
    ...read,
    outputs: [gradient.name],
    nodes: pruned([...read.nodes, ...pen.nodes], [gradient.name]),
    constants: new Map([...read.constants, ...pen.constants]),
    shapes: new Map([...read.shapes, ...pen.shapes]),
  })
  const session = await openSession(bytes, { threads: 1, label: 'gradient' })
  const made = await session.run({ x: tensorOf(drawn([2, 4, 3], 'x')) })
  await session.release()
  // The probabilities of a row sum to 1 whatever x is.
  for (const value of made[gradient.name].data as Float32Array) expect(Math.abs(value)).toBeLessThan(1e-6)
})

describe('what the runtime leaves in pieces is recognised', () => {
  const mul = (a: string, b: string, to: string): NodeSpec => ({ op: 'Mul', inputs: [a, b], outputs: [to] })
  const constants: Record<string, Numbers> = {
    root: { type: 'float32', dims: [], data: [Math.SQRT1_2] },
    one: { type: 'float32', dims: [1], data: [1] },
    half: { type: 'float32', dims: [], data: [0.5] },
  }
  const start: NodeSpec[] = [
    mul('x', 'root', 's'),
    { op: 'Erf', inputs: ['s'], outputs: ['e'] },
    { op: 'Add', inputs: ['one', 'e'], outputs: ['p'] },
  ]
  const spellings: Record<string, NodeSpec[]> = {
    '(x · p) · ½': [...start, mul('x', 'p', 'xp'), mul('xp', 'half', 'y')],
    '(½ · x) · p': [...start, mul('half', 'x', 'hx'), mul('hx', 'p', 'y')],
    'x · (p · ½)': [...start, mul('p', 'half', 'hp'), mul('x', 'hp', 'y')],
  }
  test.each(Object.entries(spellings))('Gelu as %s, p = 1 + erf(x · √½)', async (_, nodes) => {
    const read = await network({ nodes, constants }, 17)
    expect(read.nodes.map(({ op }) => op)).toEqual(['Gelu'])
    const x = tensorOf(drawn([2, 4, 3], 'x'))
    const wanted = await run(model({ nodes, constants }, 17), { x })
    const got = await run(bytesOf(read), { x })
    Array.from(got.data as Float32Array).forEach((value, i) =>
      expect(value).toBeCloseTo(Number(wanted.data[i]), 6),
    )
  })

  test('what only resembles Gelu stays as it is', async () => {
    const pieces = ['Mul', 'Erf', 'Add', 'Mul', 'Mul']
    const third = { ...constants, half: { ...constants.half, data: [1 / 3] } }
    const other = await network({ nodes: spellings['(x · p) · ½'], constants: third }, 17)
    expect(other.nodes.map(({ op }) => op)).toEqual(pieces)
    const readTwice: NodeSpec[] = [...start, mul('x', 'p', 'xp'), mul('xp', 'half', 'g'), mul('g', 'e', 'y')]
    const twice = await network({ nodes: readTwice, constants }, 17)
    expect(twice.nodes.map(({ op }) => op)).toEqual([...pieces, 'Mul'])
  })

  test('a product reads transposes that leave the innermost axis where it is', async () => {
    const made: Case = {
      dims: [2, 5, 3, 4],
      nodes: [
        { op: 'Transpose', inputs: ['x'], outputs: ['q'], attributes: { perm: [0, 2, 1, 3] } },
        { op: 'Transpose', inputs: ['x'], outputs: ['k'], attributes: { perm: [0, 2, 3, 1] } },
        { op: 'MatMul', inputs: ['q', 'k'], outputs: ['y'] },
      ],
    }
    const read = await network(made, 17)
    expect(
      read.nodes.filter(({ op }) => op === 'Transpose').map(({ attributes }) => attributes?.perm),
    ).toEqual([
      [0, 2, 1, 3],
      [0, 2, 1, 3],
    ])
    const x = tensorOf(drawn([2, 5, 3, 4], 'x'))
    const wanted = await run(model(made, 17), { x })
    const got = await run(bytesOf(read), { x })
    expect(got.dims).toEqual([2, 3, 5, 5])
    expect(got.data).toEqual(wanted.data)
  })
})
