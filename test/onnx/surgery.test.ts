import { expect, test } from 'vitest'
import { StreambedError } from '../../src/error.ts'
import {
  buildModel,
  type Model,
  prefixed,
  readModel,
  suffixed,
  withOutputs,
  writeModel,
} from '../../src/onnx/index.ts'
import { openSession, shapesOf, Tensor } from '../../src/runtime/index.ts'
import { small, smallSpec, wave } from '../fixtures/small-models.ts'

async function outputsOf(model: Model, feeds: Record<string, Tensor>) {
  const session = await openSession(writeModel(model), { threads: 1, label: model.label })
  const outputs = await session.run(feeds)
  await session.release()
  return outputs
}
const pixels = new Tensor('float32', wave([2, 3, 8, 8], 3).data, [2, 3, 8, 8])

function refusal(work: () => unknown): StreambedError {
  try {
    work()
  } catch (error) {
    if (error instanceof StreambedError) return error
  }
  throw new Error('nothing was refused')
}

test('an inner tensor as the only output drops the head, its weights and nothing else', async () => {
  const model = withOutputs(readModel(small(), 'small'), ['features'])
  expect(model.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Relu', 'GlobalAveragePool', 'Flatten'])
  expect([...model.graph.initializers.keys()]).toEqual(['stem.weight', 'stem.bias'])
  const { features } = await outputsOf(model, { pixels })
  expect(features.dims).toEqual([2, 4])
  const { features: whole, logits } = await outputsOf(
    withOutputs(readModel(small(), 'small'), ['features', 'logits']),
    { pixels },
  )
  expect(features.data).toEqual(whole.data)
  expect(logits.dims).toEqual([2, 2])
})

test('an output may be given a name of its own, even one that an inner tensor bears', async () => {
  const model = readModel(small(), 'small')
  const plain = await outputsOf(withOutputs(model, ['features']), { pixels })
  for (const name of ['embedding', 'stem', 'stem.weight']) {
    const named = withOutputs(model, { [name]: 'features' })
    expect(named.graph.outputs.map((output) => output.name)).toEqual([name])
    expect((await outputsOf(named, { pixels }))[name].data).toEqual(plain.features.data)
  }
  expect(model.graph.outputs.map(({ name }) => name)).toEqual(['logits']) // the original is as it was
})

test('an input that nobody reads any more is not asked for', () => {
  const bytes = buildModel({
    ...smallSpec,
    inputs: { ...smallSpec.inputs, temperature: { type: 'float32', shape: [] } },
    outputs: { cooled: { type: 'float32' } },
    nodes: [...smallSpec.nodes, { op: 'Div', inputs: ['logits', 'temperature'], outputs: ['cooled'] }],
  })
  const model = readModel(bytes, 'two inputs')
  expect(model.graph.inputs).toHaveLength(2)
  expect(withOutputs(model, ['features']).graph.inputs.map(({ name }) => name)).toEqual(['pixels'])
})

test('what the body of an If reads from outside is kept', async () => {
  const branch = (name: string, from: string) =>
    readModel(
      buildModel({
        name,
        inputs: {},
        outputs: { [`${name}.y`]: { type: 'float32', shape: [1] } },
        nodes: [{ op: 'Neg', inputs: [from], outputs: [`${name}.y`] }],
        constants: { [from]: { type: 'float32', dims: [1], data: [1] } },
      }),
      name,
    ).proto.graph!
  const model = readModel(
    buildModel({
      inputs: { choose: { type: 'bool', shape: [] }, x: { type: 'float32', shape: [1] } },
      outputs: { y: { type: 'float32', shape: [1] }, unread: { type: 'float32', shape: [1] } },
      nodes: [
        { op: 'Add', inputs: ['x', 'one'], outputs: ['outer'] },
        { op: 'If', inputs: ['choose'], outputs: ['y'] },
        { op: 'Abs', inputs: ['x'], outputs: ['unread'] },
      ],
      constants: { one: { type: 'float32', dims: [1], data: [1] } },
    }),
    'if',
  )
  const then = branch('then', 'outer')
  const otherwise = branch('else', 'x')
  then.initializer = []
  otherwise.initializer = []
  const attribute = (name: string, g: typeof then) => ({
    ...readModel(small(), 's').proto.graph!.node[0].attribute[0],
    name,
    type: 5 as const,
    ints: [],
    g,
  })
  model.proto.graph!.node[1].attribute = [attribute('then_branch', then), attribute('else_branch', otherwise)]
  const cut = withOutputs(readModel(writeModel(model), 'if'), { outer: 'y' }) // and the outer tensor makes room
  expect(cut.graph.nodes.map(({ op }) => op)).toEqual(['Add', 'If', 'Identity'])
  const x = new Tensor('float32', Float32Array.of(3), [1])
  const chosen = async (value: number) =>
    (await outputsOf(cut, { x, choose: new Tensor('bool', Uint8Array.of(value), []) })).outer.data[0]
  expect([await chosen(1), await chosen(0)]).toEqual([-4, -3])
})

test('a tensor that is not there is answered with those it could have been', async () => {
  const model = readModel(small(), 'small.onnx')
  const error = refusal(() => withOutputs(model, ['feature'], undefined))
  expect([error.code, error.where]).toEqual(['onnx-no-such-tensor', 'small.onnx'])
  expect(error.mend).toBe('Nearest in name: features. One vector an image (rank 2): features, logits.')
  const shapes = await shapesOf(model, { batch: 1 })
  expect(refusal(() => withOutputs(model, ['zzz'], shapes)).mend).toBe(
    'One vector an image (rank 2): features, logits.',
  )
  expect(refusal(() => withOutputs(model, ['flatten'])).mend).toContain(
    '"flatten" is a node; it makes features.',
  )
})

test('a prefix takes bytes, scales them in the graph and feeds the network', async () => {
  const model = readModel(small(), 'small')
  const bytes = Uint8Array.from({ length: 192 }, (_, i) => (i * 37) % 256)
  const scaled = prefixed(model, 'pixels', {
    inputs: { pixels: { type: 'uint8', shape: ['batch', 3, 8, 8] } }, // the same name as the input it replaces
    nodes: [
      { op: 'Cast', inputs: ['pixels'], outputs: ['stem'], attributes: { to: 'float32' } }, // a name the model has
      { op: 'Mul', inputs: ['stem', 'stem.weight'], outputs: ['features'] },
    ],
    constants: { 'stem.weight': { type: 'float32', dims: [], data: [1 / 255] } },
    output: 'features',
  })
  expect(scaled.graph.inputs).toEqual([{ name: 'pixels', type: 'uint8', shape: ['batch', 3, 8, 8] }])
  const reread = readModel(writeModel(scaled), 'scaled')
  const { logits } = await outputsOf(reread, { pixels: new Tensor('uint8', bytes, [1, 3, 8, 8]) })
  const floats = Float32Array.from(bytes, (byte) => byte * Math.fround(1 / 255))
  const { logits: direct } = await outputsOf(model, { pixels: new Tensor('float32', floats, [1, 3, 8, 8]) })
  expect(logits.data).toEqual(direct.data)
})

test('a prefix of the runtime’s own operators brings their domain along', async () => {
  const model = prefixed(readModel(small(), 'small'), 'pixels', {
    inputs: { raw: { type: 'float32', shape: ['batch', 3, 8, 8] } },
    nodes: [{ op: 'FastGelu', domain: 'com.microsoft', inputs: ['raw'], outputs: ['x'] }],
    output: 'x',
  })
  expect(model.opsets.get('com.microsoft')).toBe(1)
  expect((await outputsOf(model, { raw: pixels })).logits.dims).toEqual([2, 2])
})

test('an input that is not there is answered with those there are', () => {
  const prefix = { inputs: {}, nodes: [], output: 'x' }
  const error = refusal(() => prefixed(readModel(small(), 'small'), 'images', prefix))
  expect([error.code, error.mend]).toEqual(['onnx-no-such-input', 'Its inputs are pixels.'])
})

test('a suffix goes on from an output, under a name that an inner tensor may bear', async () => {
  const model = readModel(small(), 'small')
  const { logits } = await outputsOf(model, { pixels })
  const doubled = suffixed(model, 'logits', {
    input: 'in',
    nodes: [{ op: 'Mul', inputs: ['in', 'head.bias'], outputs: ['features'] }], // both names exist in the model
    constants: { 'head.bias': { type: 'float32', dims: [], data: [2] } },
    outputs: { features: { type: 'float32', shape: ['batch', 2] } },
  })
  expect(doubled.graph.outputs.map(({ name }) => name)).toEqual(['features'])
  const { features } = await outputsOf(readModel(writeModel(doubled), 'doubled'), { pixels })
  expect([...features.data]).toEqual([...logits.data].map((value) => 2 * Number(value)))
  expect(() => suffixed(model, 'no such', { input: 'in', nodes: [], outputs: {} })).toThrow(RangeError)
})
