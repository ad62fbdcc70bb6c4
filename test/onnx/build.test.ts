import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { AttributeProto_AttributeType as Kind, ModelProtoSchema } from '../../src/onnx/generated/onnx_pb.ts'
import { type AttributeValue, buildModel, numbersOf, readModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'

function attributeOf(name: string, value: AttributeValue) {
  const bytes = buildModel({
    inputs: {},
    outputs: {},
    nodes: [{ op: 'Any', inputs: [], outputs: ['y'], attributes: { [name]: value } }],
  })
  return fromBinary(ModelProtoSchema, bytes).graph!.node[0].attribute[0]
}

test('attributes get the type that ONNX gives them', () => {
  expect(attributeOf('axis', 1)).toMatchObject({ type: Kind.INT, i: 1n })
  expect(attributeOf('alpha', 1)).toMatchObject({ type: Kind.FLOAT, f: 1 })
  expect(attributeOf('epsilon', 0.5)).toMatchObject({ type: Kind.FLOAT, f: 0.5 })
  expect(attributeOf('anything', { float: 2 })).toMatchObject({ type: Kind.FLOAT, f: 2 })
  expect(attributeOf('pads', [1, 2])).toMatchObject({ type: Kind.INTS, ints: [1n, 2n] })
  expect(attributeOf('pads', [])).toMatchObject({ type: Kind.INTS, ints: [] })
  expect(attributeOf('activation_alpha', [1, 2])).toMatchObject({ type: Kind.FLOATS, floats: [1, 2] })
  expect(attributeOf('mode', 'linear').type).toBe(Kind.STRING)
  expect(attributeOf('activations', ['Tanh']).type).toBe(Kind.STRINGS)
  expect(attributeOf('to', 'float16')).toMatchObject({ type: Kind.INT, i: 10n })
  expect(attributeOf('seed', 2n ** 40n)).toMatchObject({ type: Kind.INT, i: 2n ** 40n })
  const tensor = attributeOf('value', { type: 'float32', dims: [2], data: [1, 2] })
  expect(tensor.type).toBe(Kind.TENSOR)
  expect(numbersOf(tensor.t!, 'value').data).toEqual(Float32Array.of(1, 2))
})

test('constants of every type come back as they went in', () => {
  const constants = {
    f: { type: 'float32', dims: [2], data: [0.5, -1] },
    d: { type: 'float64', dims: [1, 1], data: Float64Array.of(Math.PI) },
    l: { type: 'int64', dims: [2], data: [-1, 2 ** 40] },
    b: { type: 'bool', dims: [2], data: [1, 0] },
    u: { type: 'uint8', dims: [], data: [255] },
    h: { type: 'float16', dims: [1], data: [0x3c00] },
  } as const
  const { initializers } = readModel(
    buildModel({
      inputs: {},
      outputs: { y: { type: 'float32' } },
      nodes: [{ op: 'Identity', inputs: ['f'], outputs: ['y'] }],
      constants,
    }),
    'constants',
  ).graph
  for (const [name, { type, dims, data }] of Object.entries(constants)) {
    const back = numbersOf(initializers.get(name)!, 'constants')
    expect([name, back.type, back.dims]).toEqual([name, type, dims])
    expect([...back.data].map(Number)).toEqual([...data])
  }
})

test('values that do not fill their shape, or the wrong array, are caught while building', () => {
  const build = (data: number[] | Float64Array) => () =>
    buildModel({ inputs: {}, outputs: {}, nodes: [], constants: { w: { type: 'float32', dims: [3], data } } })
  expect(build([1, 2])).toThrow(/constant w: 2 values do not fill \[3\]/)
  expect(build(new Float64Array(3))).toThrow(/constant w: float32 numbers come in a Float32Array/)
})

test('a built model computes: [1 2 3] by a 3 × 2 matrix', async () => {
  const model = buildModel({
    inputs: { x: { type: 'float32', shape: ['n', 3] } },
    outputs: { y: { type: 'float32', shape: ['n', 2] } },
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
    constants: { w: { type: 'float32', dims: [3, 2], data: [1, 0, 0, 1, 1, 1] } },
  })
  const session = await openSession(model, { threads: 1, label: 'product' })
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3), [1, 3]) })
  expect([y.dims, [...y.data]]).toEqual([
    [1, 2],
    [4, 5],
  ])
  await session.release()
})
