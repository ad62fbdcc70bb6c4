import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { expect, test } from 'vitest'
import { networkOf } from '../../src/autodiff/index.ts'
import { attributeProto } from '../../src/onnx/attributes.ts'
import { buildProto, type NodeSpec, nodeProto } from '../../src/onnx/build.ts'
import {
  type AttributeProto_AttributeType,
  AttributeProtoSchema,
  type FunctionProto,
  FunctionProtoSchema,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
} from '../../src/onnx/generated/onnx_pb.ts'
import { readModel, requireTrainable, writeModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { wave } from '../fixtures/small-models.ts'

const opset = (domain: string, version: bigint) => create(OperatorSetIdProtoSchema, { domain, version })
const reference = (name: string, refAttrName: string, type: AttributeProto_AttributeType) =>
  create(AttributeProtoSchema, { name, refAttrName, type })

/** A function of the domain "mine", for opset 17. */
function made(name: string, inputs: string[], outputs: string[], nodes: NodeSpec[]): FunctionProto {
  return create(FunctionProtoSchema, {
    name,
    domain: 'mine',
    input: inputs,
    output: outputs,
    node: nodes.map(nodeProto),
    opsetImport: [opset('', 17n)],
  })
}

function calling(nodes: NodeSpec[], functions: FunctionProto[]): ModelProto {
  const proto = buildProto({
    inputs: { x: { type: 'float32', shape: [2, 3] } },
    outputs: { y: { type: 'float32' } },
    nodes,
    constants: { w: wave([3, 3]), gain: wave([3], 4), hidden: wave([3], 8) },
    opset: 17,
  })
  return Object.assign(proto, { functions })
}

const x = new Tensor('float32', wave([2, 3], 2).data, [2, 3])
async function outputOf(bytes: Uint8Array): Promise<Float32Array> {
  const session = await openSession(bytes, { threads: 1, label: 'network' })
  const { y } = await session.run({ x })
  await session.release()
  return y.data as Float32Array
}

/** Linear and then Leaky with a slope that the call says, as a function that calls another. */
function nested(): ModelProto {
  const leaky = made('Leaky', ['a'], ['b'], [{ op: 'LeakyRelu', inputs: ['a'], outputs: ['b'] }])
  leaky.attribute = ['slope']
  leaky.node[0].attribute = [reference('alpha', 'slope', 1)]
  const layer = made(
    'Layer',
    ['in', 'weight', 'gain'],
    ['out'],
    [
      { op: 'MatMul', inputs: ['in', 'weight'], outputs: ['hidden'] },
      { op: 'Mul', inputs: ['hidden', 'gain'], outputs: ['scaled'] },
      { op: 'Leaky', domain: 'mine', inputs: ['scaled'], outputs: ['out'] },
    ],
  )
  layer.attribute = ['slope']
  layer.node[2].attribute = [reference('slope', 'slope', 1)]
  layer.opsetImport.push(opset('mine', 1n))
  return calling(
    [
      {
        op: 'Layer',
        domain: 'mine',
        name: 'one',
        inputs: ['x', 'w', 'gain'],
        outputs: ['h'],
        attributes: { slope: { float: 0.5 } },
      },
      {
        op: 'Layer',
        domain: 'mine',
        name: 'two',
        inputs: ['h', 'w', 'hidden'],
        outputs: ['y'],
        attributes: { slope: { float: 0.25 } },
      },
    ],
    [leaky, layer],
  )
}

test('functions in functions are written out in the place of each call, and compute what the runtime makes of the calls', async () => {
  const bytes = toBinary(ModelProtoSchema, nested())
  const model = readModel(bytes, 'functions')
  expect(model.graph.nodes.map(({ op, attributes }) => [op, attributes.alpha])).toEqual([
    ['MatMul', undefined],
    ['Mul', undefined],
    ['LeakyRelu', 0.5],
    ['MatMul', undefined],
    ['Mul', undefined],
    ['LeakyRelu', 0.25],
  ])
  expect(model.proto.functions).toEqual([])
  expect([...model.opsets.keys()]).toEqual([''])
  expect(model.graph.nodes.map(({ name }) => name)[2]).toBe('one/Leaky/LeakyRelu')
  expect(await outputOf(writeModel(model))).toEqual(await outputOf(bytes))
})

test('a network of functions is trained like any other', async () => {
  const model = readModel(toBinary(ModelProtoSchema, nested()), 'functions')
  expect(() => requireTrainable(model)).not.toThrow()
  const { weights } = await networkOf(model, { dims: {}, free: () => true })
  expect([...weights.keys()]).toEqual(['w', 'gain', 'hidden'])
})

test('an attribute that no call gives has its default, which newer files keep in a field that ours does not know', async () => {
  const shaped = made('Shaped', ['a'], ['b'], [{ op: 'LeakyRelu', inputs: ['a'], outputs: ['b'] }])
  shaped.node[0].attribute = [reference('alpha', 'slope', 1)]
  const data = new BinaryWriter()
    .bytes(toBinary(AttributeProtoSchema, attributeProto('slope', { float: 0.125 })))
    .finish()
  shaped.$unknown = [{ no: 11, wireType: 2, data }]
  const call = { op: 'Shaped', domain: 'mine', inputs: ['x'], outputs: ['y'] }
  const proto = calling([call], [shaped])
  proto.irVersion = 9n
  const bytes = toBinary(ModelProtoSchema, proto)
  const model = readModel(bytes, 'default')
  expect(model.graph.nodes[0].attributes.alpha).toBe(0.125)
  expect(await outputOf(writeModel(model))).toEqual(await outputOf(bytes))
})

test('an input left out stays left out, an output nobody takes gets a name, an input handed on is an Identity', async () => {
  const odd = made(
    'Odd',
    ['a', 'low', 'high'],
    ['b', 'a', 'c'],
    [
      { op: 'Clip', inputs: ['a', 'low', 'high'], outputs: ['b'] },
      { op: 'Neg', inputs: ['a'], outputs: ['c'] },
    ],
  )
  const proto = calling(
    [
      { op: 'Odd', domain: 'mine', inputs: ['x', '', 'top'], outputs: ['clipped', 'same'] },
      { op: 'Sub', inputs: ['clipped', 'same'], outputs: ['y'] },
    ],
    [odd],
  )
  proto.graph!.initializer.push(
    ...buildProto({
      inputs: {},
      outputs: {},
      nodes: [],
      constants: { top: { type: 'float32', dims: [], data: [0.1] } },
    }).graph!.initializer,
  )
  const bytes = toBinary(ModelProtoSchema, proto)
  const model = readModel(bytes, 'odd')
  expect(model.graph.nodes.map(({ op, inputs, outputs }) => [op, ...inputs, '→', ...outputs])).toEqual([
    ['Clip', 'x', '', 'top', '→', 'clipped'],
    ['Neg', 'x', '→', 'clipped/c'],
    ['Identity', 'x', '→', 'same'],
    ['Sub', 'clipped', 'same', '→', 'y'],
  ])
  // The runtime refuses this file as it is: of a function's outputs, none may be one of its inputs.
  expect(await outputOf(writeModel(model))).toEqual(
    x.data.map((value) => Math.min(value, Math.fround(0.1)) - value),
  )
})

test('bodies of an If inside a function read what the call gave, under names of their own', async () => {
  const body = (op: string) =>
    create(GraphProtoSchema, {
      name: op,
      node: [nodeProto({ op, inputs: ['a'], outputs: [`${op}.out`] })],
      output: [{ name: `${op}.out` }],
    })
  const chosen = made('Chosen', ['a', 'way'], ['b'], [{ op: 'If', inputs: ['way'], outputs: ['b'] }])
  chosen.node[0].attribute = [
    create(AttributeProtoSchema, { name: 'then_branch', type: 5, g: body('Exp') }),
    create(AttributeProtoSchema, { name: 'else_branch', type: 5, g: body('Neg') }),
  ]
  const proto = calling(
    [
      {
        op: 'Constant',
        inputs: [],
        outputs: ['yes'],
        attributes: { value: { type: 'bool', dims: [], data: [1] } },
      },
      {
        op: 'Constant',
        inputs: [],
        outputs: ['no'],
        attributes: { value: { type: 'bool', dims: [], data: [0] } },
      },
      { op: 'Chosen', domain: 'mine', inputs: ['x', 'yes'], outputs: ['e'] },
      { op: 'Chosen', domain: 'mine', inputs: ['e', 'no'], outputs: ['y'] },
    ],
    [chosen],
  )
  const model = readModel(toBinary(ModelProtoSchema, proto), 'chosen')
  const wanted = x.data.map((value) => -Math.exp(value)) as Float32Array
  Array.from(await outputOf(writeModel(model))).forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 5))
  expect(() => requireTrainable(model)).toThrow(/If e\/If decides at run time/)
})

const call = (op: string, inputs = ['x']): NodeSpec => ({ op, domain: 'mine', inputs, outputs: ['y'] })
const inner = (op: string, input: string, output: string): NodeSpec => ({
  op,
  domain: 'mine',
  inputs: [input],
  outputs: [output],
})
test.each([
  [
    'that calls itself by way of another',
    calling(
      [call('A')],
      [made('A', ['a'], ['b'], [inner('B', 'a', 'b')]), made('B', ['a'], ['b'], [inner('A', 'a', 'b')])],
    ),
    /A of "mine" calls itself/,
  ],
  [
    'that doubles, and doubles again, beyond any network',
    calling(
      [call('F19')],
      Array.from({ length: 20 }, (_, i) =>
        made(
          `F${i}`,
          ['a'],
          ['c'],
          i === 0
            ? [{ op: 'Neg', inputs: ['a'], outputs: ['c'] }]
            : [inner(`F${i - 1}`, 'a', 'b'), inner(`F${i - 1}`, 'b', 'c')],
        ),
      ),
    ),
    /over 100000 nodes/,
  ],
  [
    'called with more than it takes',
    calling(
      [call('A', ['x', 'w'])],
      [made('A', ['a'], ['b'], [{ op: 'Neg', inputs: ['a'], outputs: ['b'] }])],
    ),
    /more than the 1 inputs/,
  ],
  [
    'written for another opset',
    calling(
      [call('A')],
      [
        Object.assign(made('A', ['a'], ['b'], [{ op: 'Neg', inputs: ['a'], outputs: ['b'] }]), {
          opsetImport: [opset('', 12n)],
        }),
      ],
    ),
    /A is written for opset 12 of "", and the network for 17/,
  ],
  [
    'that exists twice',
    calling([call('A')], [made('A', ['a'], ['b'], []), made('A', ['a'], ['b'], [])]),
    /Two functions are called A/,
  ],
])('a function %s is refused by name', (_, proto, what) => {
  expect(() => readModel(toBinary(ModelProtoSchema, proto), 'bad.onnx')).toThrow(
    expect.objectContaining({ code: 'onnx-function', what: expect.stringMatching(what), where: 'bad.onnx' }),
  )
})
