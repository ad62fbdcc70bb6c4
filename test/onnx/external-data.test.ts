import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { networkOf } from '../../src/autodiff/index.ts'
import { type ModelProto, ModelProtoSchema, type TensorProto } from '../../src/onnx/generated/onnx_pb.ts'
import { buildModel, type Model, numbersOf, readModel, writeModel } from '../../src/onnx/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { small, smallSpec } from '../fixtures/small-models.ts'

const root = mkdtempSync(join(tmpdir(), 'streambed-external-'))
afterAll(() => rmSync(root, { recursive: true }))
let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(root, 'network-'))
  path = join(folder, 'net.onnx')
})

type Keys = Record<string, string | number>

/** Moves a weight out of the model, to where the keys say; its bytes. */
function moved(tensor: TensorProto, keys: Keys): Uint8Array {
  const bytes = tensor.rawData
  tensor.rawData = new Uint8Array(0)
  tensor.dataLocation = 1
  tensor.externalData = Object.entries(keys).map(
    ([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto', key, value: String(value) }) as const,
  )
  return bytes
}

/** The small network, its first weight where the keys say, in a side file that holds `filled` and then ends. */
function written(keys: Keys, change: (proto: ModelProto) => void = () => {}): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, small())
  const bytes = moved(proto.graph!.initializer[0], keys)
  change(proto)
  writeFileSync(path, toBinary(ModelProtoSchema, proto))
  return bytes
}

const stem = ({ graph, label }: Model) => numbersOf(graph.initializers.get('stem.weight')!, label).data
const wanted = smallSpec.constants!['stem.weight'].data
const refusal = (code: string, what: RegExp, mend = /./) =>
  expect.objectContaining({
    code,
    what: expect.stringMatching(what),
    mend: expect.stringMatching(mend),
    where: expect.stringContaining(path),
  })

test('weights in a file beside the network are read, and the model is whole from then on', async () => {
  const bytes = written({ location: 'net.onnx.data', offset: 0, length: 432 })
  writeFileSync(join(folder, 'net.onnx.data'), bytes)
  const model = readModel(path)
  rmSync(join(folder, 'net.onnx.data'))
  expect(stem(model)).toEqual(wanted)
  expect(writeModel(model)).toEqual(small())
  const { weights } = await networkOf(model, {
    dims: { batch: 2 },
    free: ({ name }) => name === 'stem.weight',
  })
  expect(weights.get('stem.weight')!.data).toEqual(wanted)
})

test('without offset and length, a weight starts the file and its shape says where it ends', () => {
  writeFileSync(join(folder, 'weights'), Buffer.concat([written({ location: './weights' }), Buffer.alloc(8)]))
  expect(stem(readModel(path))).toEqual(wanted)
})

test('of a file of 6 GB with a gap between two weights, only the weights are read', () => {
  const far = 5_000_000_000
  let bias: Uint8Array = new Uint8Array(0)
  const weight = written({ location: 'net.data', offset: far, length: 432 }, (proto) => {
    bias = moved(proto.graph!.initializer[1], { location: 'net.data', offset: 4096, length: 16 })
  })
  const handle = openSync(join(folder, 'net.data'), 'w')
  writeSync(handle, bias, 0, bias.length, 4096)
  writeSync(handle, weight, 0, weight.length, far)
  ftruncateSync(handle, 6_000_000_000)
  closeSync(handle)
  expect(statSync(join(folder, 'net.data')).blocks * 512).toBeLessThan(1e6) // the gaps are holes
  const before = process.memoryUsage().rss
  const model = readModel(path)
  expect(process.memoryUsage().rss - before).toBeLessThan(1e8)
  expect(stem(model)).toEqual(wanted)
  expect(numbersOf(model.graph.initializers.get('stem.bias')!, 'x').data).toEqual(
    smallSpec.constants!['stem.bias'].data,
  )
})

test('a network of over 2 GiB in one piece is refused, with how to keep its weights outside', () => {
  const handle = openSync(path, 'w')
  ftruncateSync(handle, 2 ** 31)
  closeSync(handle)
  expect(() => readModel(path)).toThrow(
    refusal('onnx-too-large', /takes 2\.1 GB in one piece/, /save_as_external_data/),
  )
})

test('a model whose weights have come to over 2 GiB is not written in one piece', () => {
  const model = readModel(small(), path)
  const [weight] = model.proto.graph!.initializer
  const shared = { ...weight, dims: [2n ** 24n], rawData: new Uint8Array(2 ** 26) } // 33 × one and the same 64 MiB
  model.proto.graph!.initializer.push(...Array.from({ length: 33 }, (_, i) => ({ ...shared, name: `w${i}` })))
  expect(() => writeModel(model)).toThrow(refusal('onnx-too-large', /2\.2 GB/))
})

test('a missing side file is named, and where it should be', () => {
  written({ location: 'lost.data', length: 432 })
  const mend = new RegExp(`Copy lost.data into ${folder}`)
  expect(() => readModel(path)).toThrow(
    refusal('onnx-external-data-missing', /stem\.weight lies in lost\.data/, mend),
  )
  mkdirSync(join(folder, 'lost.data'))
  expect(() => readModel(path)).toThrow(refusal('onnx-external-data-missing', /lost\.data, which is no file/))
})

test.each(['../secret.data', 'sub/../../secret.data', '/etc/passwd', 'C:\\weights.data', '..\\secret.data'])(
  'a side file at %s, outside the folder of the network, is not even looked for',
  (location) => {
    writeFileSync(join(root, 'secret.data'), new Uint8Array(432))
    written({ location })
    expect(() => readModel(path)).toThrow(
      refusal('onnx-external-data-outside', /outside the folder of the network/),
    )
  },
)

test('a place in memory, as the runtime itself writes for its own use, is a file that is not there', () => {
  written({ location: '*/_ORT_MEM_ADDR_/*', offset: 140_000_000, length: 432 })
  expect(() => readModel(path)).toThrow(refusal('onnx-external-data-missing', /_ORT_MEM_ADDR_/))
})

test('a link in the folder is followed, as model hubs lay out their caches', () => {
  writeFileSync(join(folder, 'blob'), written({ location: 'net.data' }))
  mkdirSync(join(root, 'blobs'), { recursive: true })
  renameSync(join(folder, 'blob'), join(root, 'blobs', 'a1b2'))
  symlinkSync(join(root, 'blobs', 'a1b2'), join(folder, 'net.data'))
  expect(stem(readModel(path))).toEqual(wanted)
})

test.each<[string, Keys, RegExp]>([
  ['that ends too early', { offset: 8, length: 432 }, /should end at byte 440, and the file ends at 432/],
  ['that starts behind the end', { offset: 500 }, /should end at byte 932, and the file ends at 432/],
  [
    'of another length than its shape',
    { length: 400 },
    /has 400 bytes, and its shape \[4, 3, 3, 3\] needs 432/,
  ],
  ['at a place that is no number', { offset: '-4' }, /at the offset "-4"/],
  ['of a length that is no number', { length: '1e3' }, /at the length "1e3"/],
])('a weight %s is named', (_, keys, what) => {
  writeFileSync(join(folder, 'net.data'), written({ location: 'net.data', ...keys }))
  expect(() => readModel(path)).toThrow(refusal('onnx-external-data-damaged', what))
})

test('a weight of more than Node holds in one piece is refused', () => {
  written({ location: 'net.data' }, (proto) => {
    proto.graph!.initializer[0].dims = [2n ** 31n]
  })
  const handle = openSync(join(folder, 'net.data'), 'w')
  ftruncateSync(handle, 2 ** 33)
  closeSync(handle)
  expect(() => readModel(path)).toThrow(refusal('onnx-too-large', /stem\.weight has 8\.6 GB/, /up to 4 GiB/))
})

test('the bytes of a network alone do not tell where its side files lie', () => {
  written({ location: 'net.data' })
  const proto = fromBinary(ModelProtoSchema, small())
  moved(proto.graph!.initializer[0], { location: 'net.data' })
  expect(() => readModel(toBinary(ModelProtoSchema, proto), path)).toThrow(
    refusal('onnx-external-data', /only the bytes of the network/, /net\.data beside it.*onnx\.save/),
  )
})

test('the shapes inside a network are told without its weights, also where those are over 2 GiB', async () => {
  const shared = new Uint8Array(2 ** 26) // 33 weights of 64 MiB, all one and the same
  const count = 33
  const side = 2 ** 12
  const model = readModel(
    buildModel({
      inputs: { x: { type: 'float32', shape: ['n', side] } },
      outputs: { y: { type: 'float32' } },
      nodes: Array.from({ length: count }, (_, i) => ({
        op: 'MatMul',
        inputs: [i === 0 ? 'x' : `h${i}`, `w${i}`],
        outputs: [i === count - 1 ? 'y' : `h${i + 1}`],
      })),
      constants: Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`w${i}`, { type: 'float32', dims: [1], data: [0] }]),
      ),
    }),
    'large',
  )
  for (const tensor of model.proto.graph!.initializer) {
    Object.assign(tensor, { dims: [BigInt(side), BigInt(side)], rawData: shared })
  }
  expect(() => writeModel(model)).toThrow(expect.objectContaining({ code: 'onnx-too-large' }))
  const shapes = await shapesOf(model, { batch: 2 })
  expect(shapes.get('w7')!.dims).toEqual([side, side])
  expect(shapes.get('h20')!.dims).toEqual([2, side])
})
