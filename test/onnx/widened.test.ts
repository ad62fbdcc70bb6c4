import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { crossEntropy, learner, oneHot, sgd } from '../../src/learner/index.ts'
import { buildProto, type ModelSpec } from '../../src/onnx/build.ts'
import {
  type ModelProto,
  ModelProtoSchema,
  SparseTensorProtoSchema,
} from '../../src/onnx/generated/onnx_pb.ts'
import { numbersOf, readModel, writeModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'

const bytesOf = (proto: ModelProto) => toBinary(ModelProtoSchema, proto)

/** x [n, 3] → Cast to bfloat16 → · w [3, 2] → y, everything bfloat16. */
function bfloats(change: (proto: ModelProto) => void = () => {}): Uint8Array {
  const spec: ModelSpec = {
    inputs: { x: { type: 'uint16', shape: ['n', 3] } },
    outputs: { y: { type: 'uint16', shape: ['n', 2] } },
    nodes: [
      { op: 'Cast', inputs: ['x'], outputs: ['c'], attributes: { to: 16 } },
      { op: 'MatMul', inputs: ['c', 'w'], outputs: ['p'] },
      { op: 'Add', inputs: ['p', 'b'], outputs: ['y'] },
    ],
    constants: {
      // 1, −2, π to 8 bits, the smallest normal number, ∞, −0
      w: {
        type: 'uint16',
        dims: [3, 2],
        data: Uint16Array.of(0x3f80, 0xc000, 0x4049, 0x0080, 0x7f80, 0x8000),
      },
      b: { type: 'uint16', dims: [2], data: [0, 0] },
    },
  }
  const proto = buildProto(spec)
  const { initializer, input, output } = proto.graph!
  for (const tensor of initializer) tensor.dataType = 16
  initializer[1] = { ...initializer[1], rawData: new Uint8Array(0), int32Data: [0x3f00, 0xbe80] } // ½, −¼
  for (const { type } of [...input, ...output]) {
    if (type?.value.case === 'tensorType') type.value.value.elemType = 16
  }
  change(proto)
  return bytesOf(proto)
}

test('a bfloat16 network is read as float32, with the very numbers that it holds', async () => {
  const model = readModel(bfloats(), 'bfloat16.onnx')
  const values = (name: string) =>
    Array.from(numbersOf(model.graph.initializers.get(name)!, 'x').data as Float32Array)
  expect(values('w')).toEqual([1, -2, 3.140625, 2 ** -126, Number.POSITIVE_INFINITY, -0])
  expect(values('b')).toEqual([0.5, -0.25])
  expect(model.graph.inputs[0].type).toBe('float32')
  expect(model.graph.outputs[0].type).toBe('float32')
  const session = await openSession(writeModel(model), { threads: 1, label: 'widened' })
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 0, 3, 0, 0), [2, 3]) })
  await session.release()
  expect(Array.from(y.data as Float32Array)).toEqual([Number.NaN, -2.25, Number.NaN, -6.25]) // 0 · ∞
})

test('a bfloat16 network is trained, and written as the float32 network it was trained as', async () => {
  const finite = bfloats((proto) => {
    proto.graph!.initializer[0].rawData = new Uint8Array(
      Uint16Array.of(0x3f80, 0xc000, 0x4049, 0, 0, 0).buffer,
    )
  })
  const learns = await learner({
    model: readModel(finite, 'bfloat16.onnx'),
    head: { kind: 'linear', classes: 2 },
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 0.1 }),
    batch: 2,
    threads: 1,
    seed: 0,
  })
  const batch = { inputs: { x: Float32Array.of(1, 0, 1, 0, 1, 1) }, targets: { targets: oneHot([0, 1], 2) } }
  const first = (await learns.step(batch)).loss
  let last = first
  for (let step = 0; step < 20; step++) last = (await learns.step(batch)).loss
  expect(last).toBeLessThan(first)
  const written = readModel(learns.export(), 'exported')
  expect(written.graph.initializers.get('w')!.dataType).toBe(1)
  await learns.release()
})

test('a node that takes bfloat16 for its bits is refused by name', () => {
  const bytes = bfloats((proto) => {
    proto.opsetImport[0].version = 26n
    Object.assign(proto.graph!.node[0], { opType: 'BitCast', name: 'bits' })
  })
  expect(() => readModel(bytes, 'bits.onnx')).toThrow(
    expect.objectContaining({ code: 'onnx-bfloat16', what: expect.stringContaining('BitCast bits') }),
  )
})

/** y = x [1, 6] · w [6, 2], w sparse: 2 at [0, 1] and −3 at [4, 0]. */
function sparse(dims: bigint[], indices: { dims: number[]; data: number[] }): Uint8Array {
  const numbers = (name: string, type: 'float32' | 'int64', size: number[], data: number[]) =>
    buildProto({ inputs: {}, outputs: {}, nodes: [], constants: { [name]: { type, dims: size, data } } })
      .graph!.initializer[0]
  const proto = buildProto({
    inputs: { x: { type: 'float32', shape: [1, 6] } },
    outputs: { y: { type: 'float32' } },
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  })
  proto.graph!.sparseInitializer = [
    create(SparseTensorProtoSchema, {
      values: numbers('w', 'float32', [2], [2, -3]),
      indices: numbers('places', 'int64', indices.dims, indices.data),
      dims,
    }),
  ]
  return bytesOf(proto)
}

test.each([
  ['one number each', { dims: [2], data: [1, 8] }],
  ['a row and a column each', { dims: [2, 2], data: [0, 1, 4, 0] }],
])('a sparse weight, its places given as %s, is written out in full', async (_, indices) => {
  const model = readModel(sparse([6n, 2n], indices), 'sparse.onnx')
  expect(model.proto.graph!.sparseInitializer).toEqual([])
  expect(Array.from(numbersOf(model.graph.initializers.get('w')!, 'x').data as Float32Array)).toEqual([
    0, 2, 0, 0, 0, 0, 0, 0, -3, 0, 0, 0,
  ])
})

test.each([
  [
    'a place outside its shape',
    [6n, 2n],
    { dims: [2], data: [1, 12] },
    'onnx-unreadable',
    /a value at 12, and 12/,
  ],
  ['too few places', [6n, 2n], { dims: [1], data: [1] }, 'onnx-unreadable', /2 values and 1 places/],
  [
    'a size beyond all memory',
    [2n ** 20n, 2n ** 20n],
    { dims: [2], data: [1, 8] },
    'onnx-too-large',
    /more than 2 GiB/,
  ],
] as const)('a sparse weight with %s is refused by name', (_, dims, indices, code, what) => {
  const bytes = sparse([...dims], { dims: [...indices.dims], data: [...indices.data] })
  expect(() => readModel(bytes, 'sparse.onnx')).toThrow(
    expect.objectContaining({ code, what: expect.stringMatching(what) }),
  )
})

test('a network without any of this keeps its bytes', () => {
  const bytes = bytesOf(fromBinary(ModelProtoSchema, writeModel(readModel(bfloats(), 'once'))))
  expect(writeModel(readModel(bytes, 'twice'))).toEqual(bytes)
})
