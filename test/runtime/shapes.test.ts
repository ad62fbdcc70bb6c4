import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { buildModel, type ModelSpec, readModel } from '../../src/onnx/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { small } from '../fixtures/small-models.ts'

const shapes = async (spec: ModelSpec, dims: Record<string, number>) =>
  Object.fromEntries(await shapesOf(readModel(buildModel(spec), 'model'), dims))

test('the runtime tells the shape of every tensor, weights and inputs included', async () => {
  const told = await shapesOf(readModel(small(), 'small'), { batch: 5 })
  expect(Object.fromEntries([...told].map(([name, { dims }]) => [name, dims]))).toEqual({
    pixels: [5, 3, 8, 8],
    stem: [5, 4, 8, 8],
    active: [5, 4, 8, 8],
    pooled: [5, 4, 1, 1],
    features: [5, 4],
    logits: [5, 2],
    'stem.weight': [4, 3, 3, 3],
    'stem.bias': [4],
    'head.weight': [4, 2],
    'head.bias': [2],
  })
  expect(told.get('features')!.type).toBe('float32')
})

test('batch stands for the first dimension, whatever it is called', async () => {
  const spec = (name: string): ModelSpec => ({
    inputs: { x: { type: 'float32', shape: [name, 2] } },
    outputs: { y: { type: 'float32' } },
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  })
  for (const name of ['batch', 'N', ''])
    expect((await shapes(spec(name), { batch: 3 })).y.dims).toEqual([3, 2])
  expect((await shapes(spec('N'), { N: 4 })).y.dims).toEqual([4, 2])
})

test('a dimension without a number is asked for by input and name', async () => {
  const spec: ModelSpec = {
    inputs: { x: { type: 'float32', shape: ['batch', 'height'] } },
    outputs: { y: { type: 'float32' } },
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  }
  await expect(shapes(spec, { batch: 3 })).rejects.toMatchObject({
    code: 'onnx-unknown-dimension',
    what: 'Dimension 1 of the input x (height) has no number.',
  })
  const anyRank = { ...spec, inputs: { x: { type: 'float32' } } } as const
  await expect(shapes(anyRank, { batch: 3 })).rejects.toMatchObject({ code: 'onnx-unknown-dimension' })
})

test('a shape that the network works out as it runs is seen by running it on zeros', async () => {
  const spec: ModelSpec = {
    inputs: { x: { type: 'float32', shape: ['batch', 4] } },
    outputs: { y: { type: 'float32' } },
    nodes: [
      { op: 'ReduceSum', inputs: ['x'], outputs: ['sum'], attributes: { keepdims: 0 } },
      { op: 'Cast', inputs: ['sum'], outputs: ['whole'], attributes: { to: 'int64' } },
      { op: 'Add', inputs: ['whole', 'three'], outputs: ['length'] },
      { op: 'ConstantOfShape', inputs: ['length'], outputs: ['y'] },
    ],
    constants: { three: { type: 'int64', dims: [1], data: [3] } },
  }
  expect((await shapes(spec, { batch: 2 })).y).toEqual({ type: 'float32', dims: [3] })
})

test('a tensor of unknown rank is not taken for a number: old exports compute the shapes they reshape to', async () => {
  const file = fileURLToPath(new URL('../golden/networks/vit.opset11.onnx', import.meta.url))
  const told = await shapesOf(readModel(file), { batch: 3 })
  expect(told.get('/blocks/blocks.0/attn/Softmax_output_0')!.dims).toEqual([3, 3, 17, 17])
  expect(told.get('/blocks/blocks.0/attn/Gather_output_0')!.dims).toEqual([])
})

test('shapes that an exporter wrote for its own batch do not mislead', async () => {
  const model = readModel(small(), 'small')
  model.proto.graph!.valueInfo = [{ ...model.proto.graph!.output[0], name: 'features' }]
  expect((await shapesOf(model, { batch: 2 })).get('features')!.dims).toEqual([2, 4])
})

test('a network the runtime cannot read is refused by name', async () => {
  const spec: ModelSpec = {
    inputs: { x: { type: 'float32', shape: [1] } },
    outputs: { y: { type: 'float32' } },
    nodes: [{ op: 'NoSuchOperator', inputs: ['x'], outputs: ['y'] }],
  }
  await expect(shapes(spec, {})).rejects.toMatchObject({ code: 'runtime-refused-model', where: 'model' })
})

test('a tensor beyond all memory is refused by its node, before anyone makes it', async () => {
  const bytes = buildModel({
    inputs: { x: { type: 'float32', shape: ['batch', 4] } },
    outputs: { y: { type: 'float32' } },
    nodes: [
      { op: 'Expand', name: 'wide', inputs: ['one', 'size'], outputs: ['many'] },
      { op: 'ReduceSum', inputs: ['many'], outputs: ['sum'], attributes: { keepdims: 0 } },
      { op: 'Mul', inputs: ['x', 'sum'], outputs: ['y'] },
    ],
    constants: {
      one: { type: 'float32', dims: [1], data: [1] },
      size: { type: 'int64', dims: [2], data: [2 ** 20, 2 ** 20] },
    },
  })
  await expect(shapesOf(readModel(bytes, 'wide.onnx'), { batch: 1 })).rejects.toMatchObject({
    code: 'onnx-too-large',
    what: 'Expand wide makes a tensor of shape [1048576, 1048576].',
  })
})
