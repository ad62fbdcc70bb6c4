import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { StreambedError } from '../../src/error.ts'
import { type ModelProto, ModelProtoSchema } from '../../src/onnx/generated/onnx_pb.ts'
import {
  buildModel,
  limits,
  numbersOf,
  readModel,
  requireTrainable,
  writeModel,
} from '../../src/onnx/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { small, smallSpec } from '../fixtures/small-models.ts'

const folder = mkdtempSync(join(tmpdir(), 'streambed-onnx-'))
afterAll(() => rmSync(folder, { recursive: true }))

function altered(change: (proto: ModelProto) => void): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, small())
  change(proto)
  return toBinary(ModelProtoSchema, proto)
}

function refusal(work: () => unknown): StreambedError {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(StreambedError)
    return error as StreambedError
  }
  throw new Error('nothing was refused')
}

test('a model tells its inputs, outputs, nodes and weights', () => {
  const model = readModel(small(), 'small')
  expect(model.opset).toBe(20)
  expect(model.producer).toBe('streambed')
  expect(model.graph.inputs).toEqual([{ name: 'pixels', type: 'float32', shape: ['batch', 3, 8, 8] }])
  expect(model.graph.outputs).toEqual([{ name: 'logits', type: 'float32', shape: ['batch', 2] }])
  expect(model.graph.nodes.map(({ op }) => op)).toEqual([
    'Conv',
    'Relu',
    'GlobalAveragePool',
    'Flatten',
    'Gemm',
  ])
  expect(model.graph.nodes[0].attributes).toEqual({ kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
  expect(numbersOf(model.graph.initializers.get('stem.bias')!, 'small').data).toEqual(
    smallSpec.constants!['stem.bias'].data,
  )
})

test('weights listed as inputs, as old files do, are not asked of the caller', () => {
  const bytes = altered((proto) => {
    proto.graph!.input.push(
      ...proto.graph!.initializer.map(({ name }) => ({ ...proto.graph!.input[0], name })),
    )
  })
  expect(readModel(bytes, 'old').graph.inputs.map(({ name }) => name)).toEqual(['pixels'])
})

test('reading and writing gives the same bytes', () => {
  const bytes = small()
  expect(writeModel(readModel(bytes, 'small'))).toEqual(bytes)
})

test('what a newer format adds is carried through unread', () => {
  const unknown = Uint8Array.of(...small(), 0xfa, 0x06, 0x03, 0x61, 0x62, 0x63) // field 111, three bytes
  expect(writeModel(readModel(unknown, 'newer'))).toEqual(unknown)
})

test.each([
  [
    'IR version 99',
    altered((proto) => (proto.irVersion = 99n)),
    'onnx-too-new',
    ['99', String(limits.newestIr)],
  ],
  ['opset 99', altered((proto) => (proto.opsetImport[0].version = 99n)), 'onnx-too-new', ['99', '11 … 26']],
  ['opset 27', altered((proto) => (proto.opsetImport[0].version = 27n)), 'onnx-too-new', ['27']],
  ['opset 8', altered((proto) => (proto.opsetImport[0].version = 8n)), 'onnx-too-old', ['8', '11 … 26']],
  [
    'a domain nobody knows',
    altered((proto) => (proto.graph!.node[1].domain = 'acme.fast')),
    'onnx-foreign-domain',
    ['acme.fast', 'Relu → active'],
  ],
] as const)(
  '%s is refused by name: what the file has, what is taken, how to export',
  (_, bytes, code, said) => {
    const error = refusal(() => readModel(bytes, 'backbone.onnx'))
    expect(error.code).toBe(code)
    expect(error.where).toBe('backbone.onnx')
    expect(error.mend).toContain('torch.onnx.export')
    for (const word of said) expect(error.what).toContain(word)
  },
)

test('the newest and the oldest that are promised are read', () => {
  for (const version of [limits.oldestOpset, limits.newestOpset]) {
    expect(
      readModel(
        altered((proto) => (proto.opsetImport[0].version = BigInt(version))),
        'edge',
      ).opset,
    ).toBe(version)
  }
  expect(
    readModel(
      altered((proto) => (proto.irVersion = BigInt(limits.newestIr))),
      'edge',
    ).irVersion,
  ).toBe(13)
})

test.each([
  ['an empty file', new Uint8Array(0), /empty/],
  ['a web page', new TextEncoder().encode('\n<!DOCTYPE html><html>404</html>'), /web page/],
  ['a Git LFS pointer', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'), /LFS/],
  ['a PyTorch checkpoint', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /zip archive/],
  ['plain text', new TextEncoder().encode('hello, this is no network'), /no ONNX/],
  ['half a model', small().subarray(0, 300), /cut short/],
] as const)('%s is refused as unreadable', (_, bytes, what) => {
  const error = refusal(() => readModel(bytes, 'file'))
  expect(error.code).toBe('onnx-unreadable')
  expect(error.what).toMatch(what)
})

test('a missing file is refused with its path; a present one is read', () => {
  const path = join(folder, 'small.onnx')
  const error = refusal(() => readModel(path))
  expect([error.code, error.where]).toEqual(['onnx-unreadable', path])
  writeFileSync(path, small())
  expect(readModel(path).label).toBe(path)
})

test('a graph out of order is refused, naming the node and the tensor', () => {
  const reversed = altered((proto) => proto.graph!.node.reverse())
  expect(refusal(() => readModel(reversed, 'x')).what).toMatch(/Gemm → logits reads "features"/)
  const twice = altered((proto) => (proto.graph!.node[1].output = ['stem']))
  expect(refusal(() => readModel(twice, 'x')).what).toMatch(/makes "stem", which exists/)
  const nothing = altered((proto) => (proto.graph!.output[0].name = 'nothing'))
  expect(refusal(() => readModel(nothing, 'x')).what).toMatch(/"nothing" is made by nothing/)
})

test('a network that runs but cannot be trained is refused only where gradients are asked for', () => {
  const node = (op: string, domain: string) =>
    readModel(
      buildModel({
        inputs: { x: { type: 'float32', shape: [2] } },
        outputs: { y: { type: 'float32' } },
        nodes: [{ op, domain, name: 'odd', inputs: ['x'], outputs: ['y'] }],
      }),
      'odd.onnx',
    )
  expect(refusal(() => requireTrainable(node('QuantizeLinear', ''))).code).toBe('onnx-quantised')
  expect(refusal(() => requireTrainable(node('If', ''))).code).toBe('onnx-control-flow')
  const fused = refusal(() => requireTrainable(node('FusedConv', 'com.microsoft')))
  expect([fused.code, fused.what.includes('FusedConv odd')]).toEqual(['onnx-foreign-domain', true])
  expect(() => requireTrainable(node('Relu', ''))).not.toThrow()
})

test('whatever happens to the bytes of a model, reading it ends in a model or a named error', () => {
  const bytes = small()
  const wound = fc.record({
    at: fc.nat(bytes.length - 1),
    value: fc.integer({ min: 0, max: 255 }),
    cut: fc.option(fc.nat(bytes.length), { freq: 4 }),
    inserted: fc.uint8Array({ maxLength: 4 }),
  })
  fc.assert(
    fc.property(fc.array(wound, { minLength: 1, maxLength: 4 }), (wounds) => {
      let broken = [...bytes]
      for (const { at, value, cut, inserted } of wounds) {
        if (at < broken.length) broken.splice(at, inserted.length > 0 ? 0 : 1, value, ...inserted)
        if (cut !== null) broken = broken.slice(0, cut)
      }
      try {
        const model = readModel(Uint8Array.from(broken), 'broken')
        for (const tensor of model.graph.initializers.values()) numbersOf(tensor, 'broken')
      } catch (error) {
        expect(error).toBeInstanceOf(StreambedError)
      }
    }),
    { numRuns: 3000, seed: 7 },
  )
})

test('a Split with an output that has no name, which would crash the process, is refused by name', () => {
  const bytes = buildModel({
    inputs: { x: { type: 'float32', shape: [4] } },
    outputs: { a: { type: 'float32', shape: [2] } },
    nodes: [
      { op: 'Split', name: 'halves', inputs: ['x'], outputs: ['a', ''], attributes: { num_outputs: 2 } },
    ],
  })
  expect(() => readModel(bytes, 'halves.onnx')).toThrow(
    expect.objectContaining({ code: 'onnx-unreadable', what: expect.stringContaining('halves') }),
  )
})

test('inputs left out at the end are not there at all, which spares the runtime a crash', () => {
  const bytes = buildModel({
    inputs: { x: { type: 'float32', shape: [2, 4] } },
    outputs: { y: { type: 'float32' } },
    nodes: [{ op: 'LayerNormalization', inputs: ['x', 'gain', ''], outputs: ['y'] }],
    constants: { gain: { type: 'float32', dims: [4], data: [1, 1, 1, 1] } },
  })
  expect(readModel(bytes, 'no bias').graph.nodes[0].inputs).toEqual(['x', 'gain'])
})

test('a dimension of −1, as some exporters write it, is an open one', async () => {
  const bytes = buildModel({
    inputs: { x: { type: 'float32', shape: [-1, 4] } },
    outputs: { y: { type: 'float32' } },
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  })
  const model = readModel(bytes, 'open')
  expect(model.graph.inputs[0].shape).toEqual(['', 4])
  expect((await shapesOf(model, { batch: 3 })).get('y')!.dims).toEqual([3, 4])
})

test('pictures beyond all memory are refused by the input that declares them', async () => {
  const bytes = buildModel({
    inputs: { pixels: { type: 'float32', shape: [1, 3, 2 ** 20, 2 ** 20] } },
    outputs: { y: { type: 'float32' } },
    nodes: [{ op: 'Relu', inputs: ['pixels'], outputs: ['y'] }],
  })
  await expect(shapesOf(readModel(bytes, 'huge'), {})).rejects.toMatchObject({
    code: 'onnx-unknown-dimension',
    what: 'The input pixels would be of shape [1, 3, 1048576, 1048576].',
  })
})

test('a weight with other than its shape’s number of values is refused, and so is a shape below zero', () => {
  const cut = altered((proto) => (proto.graph!.initializer[0].rawData = new Uint8Array(400)))
  expect(refusal(() => readModel(cut, 'x')).what).toMatch(
    /stem\.weight has 100 values, and its shape \[4, 3, 3, 3\] needs 108/,
  )
  const negative = altered((proto) => (proto.graph!.initializer[0].dims = [-4n, -3n, 3n, 3n]))
  expect(refusal(() => readModel(negative, 'x')).what).toMatch(/shape \[-4, -3, 3, 3\]/)
})
