import { expect, test } from 'vitest'
import { askedOnce } from '../../src/autodiff/asked-once.ts'
import { bytesOf, type Network, trainingStep } from '../../src/autodiff/index.ts'
import { type NodeSpec, readModel } from '../../src/onnx/index.ts'

const pool = (outputs: string[], kernel = 3): NodeSpec => ({
  op: 'MaxPool',
  inputs: ['x'],
  outputs,
  attributes: { kernel_shape: [kernel, kernel] },
})
const readers: NodeSpec[] = [
  { op: 'Relu', inputs: ['y'], outputs: ['z'] },
  { op: 'Cast', inputs: ['winners'], outputs: ['places'], attributes: { to: 1 } },
  { op: 'Neg', inputs: ['again'], outputs: ['minus'] },
]

test('a pool that is run again for its winners runs once, and its readers find what they read', () => {
  const nodes = askedOnce([pool(['y']), pool(['again', 'winners']), ...readers], ['z', 'places', 'minus'])
  expect(nodes.map(({ op, inputs, outputs }) => [op, ...inputs, '→', ...outputs].join(' '))).toEqual([
    'MaxPool x → y winners',
    'Relu y → z',
    'Cast winners → places',
    'Neg y → minus',
  ])
})

test('pools that differ in a window, and those whose doubled output is the graph’s own, both run', () => {
  const other = [pool(['y']), pool(['again', 'winners'], 2)]
  expect(askedOnce(other, ['y', 'winners'])).toEqual(other)
  const own = [pool(['y']), pool(['again', 'winners'])]
  expect(askedOnce(own, ['y', 'again', 'winners'])).toEqual(own)
})

test('the model file of a step has the pool once', () => {
  const square = (name: string, side: number, type: 'float32' | 'int64' = 'float32') =>
    [name, { name, type, dims: [1, 1, side, side] }] as const
  const bytes = bytesOf({
    inputs: [square('x', 5)[1]],
    outputs: ['y', 'winners'],
    nodes: [pool(['y']), pool(['again', 'winners'])],
    constants: new Map(),
    shapes: new Map([square('x', 5), square('y', 3), square('again', 3), square('winners', 3, 'int64')]),
  })
  expect(readModel(bytes).graph.nodes.map(({ op, outputs }) => [op, ...outputs])).toEqual([
    ['MaxPool', 'y', 'winners'],
  ])
})

test('a pool with every attribute written out runs once as well', () => {
  const ref = (name: string, side: number) => ({ name, type: 'float32' as const, dims: [1, 1, side, side] })
  const attributes = { auto_pad: 'NOTSET', ceil_mode: 0, kernel_shape: [3, 3], storage_order: 0 }
  const network: Network = {
    label: 'a pool',
    inputs: [ref('x', 5)],
    outputs: ['y'],
    nodes: [{ op: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes }],
    constants: new Map(),
    shapes: new Map([ref('x', 5), ref('y', 3)].map((each) => [each.name, each])),
  }
  const { bytes } = trainingStep({
    network,
    parameters: ['x'],
    loss: ({ emit, tensor }) => emit.ReduceSum(tensor('y'), [0, 1, 2, 3], false),
    update: 'gradients',
  })
  expect(readModel(bytes).graph.nodes.filter(({ op }) => op === 'MaxPool')).toHaveLength(1)
})
