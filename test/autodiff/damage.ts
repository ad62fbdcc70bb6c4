import { clone, fromBinary, toBinary } from '@bufbuild/protobuf'
import { attributeProto } from '../../src/onnx/attributes.ts'
import {
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../../src/onnx/generated/onnx_pb.ts'
import type { Chance } from '../../src/tensor/index.ts'

/** What may happen to a file: one thing to a graph, in place. */
type Wound = (graph: GraphProto, random: Chance) => void

const one = <Item>(list: readonly Item[], random: Chance): Item => list[random.below(list.length)]
const node = ({ node: nodes }: GraphProto, random: Chance): NodeProto => one(nodes, random)
const tensor = ({ initializer }: GraphProto, random: Chance): TensorProto => one(initializer, random)
const anyName = (graph: GraphProto, random: Chance): string =>
  one(
    [
      ...graph.node.flatMap(({ output }) => output),
      ...graph.initializer.map(({ name }) => name),
      ...graph.input.map(({ name }) => name),
    ],
    random,
  )

const operators =
  `Relu Erf MatMul Conv Gather Softmax Reshape Transpose Mul Det Concat Split Resize MaxPool Pad Slice Expand Where
  TopK CumSum ScatterND Einsum ReduceMean LayerNormalization ConvTranspose AveragePool Squeeze Unsqueeze Tile Range
  OneHot NonZero Loop If LSTM BatchNormalization GlobalMaxPool Flatten Identity Cast Shape ConstantOfShape Dropout`.split(
    /\s+/,
  )
const odd = [-1, 0, 1, 2, 3, 7, -7, 1000, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, Number.MAX_SAFE_INTEGER]

/** Of one input, and of its shape. */
const functions =
  'Relu Erf Sigmoid Tanh Exp Neg Abs Sqrt Log Sign Floor HardSwish Gelu Softplus Not Round'.split(' ')

const wounds: Readonly<Record<string, Wound>> = {
  'another operator': (graph, random) => {
    node(graph, random).opType = one(operators, random)
  },
  'another function': (graph, random) => {
    const found = graph.node.filter(({ opType }) => functions.includes(opType))
    if (found.length > 0) one(found, random).opType = one(functions, random)
  },
  'a function more': (graph, random) => {
    const found = node(graph, random)
    if (found.input.length === 0 || found.input[0] === '') return
    const made = clone(NodeProtoSchema, found)
    Object.assign(made, { opType: one(functions, random), attribute: [], name: '' })
    made.input = [found.input[0]]
    made.output = [`${found.input[0]}.${graph.node.length}`]
    graph.node.splice(graph.node.indexOf(found), 0, made)
    found.input[0] = made.output[0]
  },
  'a weight huge': (graph, random) => {
    const found = tensor(graph, random)
    if (found.dataType !== 1 || found.rawData.length < 4) return
    found.rawData = found.rawData.slice()
    for (let i = 3; i < found.rawData.length; i += 4) found.rawData[i] |= 0x70
  },
  'an attribute lost': (graph, random) => {
    const { attribute } = node(graph, random)
    attribute.splice(random.below(Math.max(1, attribute.length)), 1)
  },
  'an attribute of another node': (graph, random) => {
    const given = node(graph, random).attribute
    if (given.length > 0) node(graph, random).attribute.push(one(given, random))
  },
  'a number off': (graph, random) => {
    const { attribute } = node(graph, random)
    if (attribute.length === 0) return
    const found = one(attribute, random)
    found.i += 1n
    found.f *= -1
    found.ints = found.ints.map((value, i) => (i === 0 ? value + 1n : value))
  },
  'a number odd': (graph, random) => {
    const { attribute } = node(graph, random)
    if (attribute.length === 0) return
    const found = one(attribute, random)
    const value = BigInt(one(odd, random))
    if (found.ints.length > 0) found.ints[random.below(found.ints.length)] = value
    else found.i = value
  },
  'an attribute of another type': (graph, random) => {
    const { attribute } = node(graph, random)
    if (attribute.length === 0) return
    const place = random.below(attribute.length)
    const value = one([1, 'odd', [1, 2], { float: 0.5 }, { floats: [] }, ['a']], random)
    attribute[place] = attributeProto(attribute[place].name, value)
  },
  'an input lost': (graph, random) => {
    node(graph, random).input.pop()
  },
  'an input left out': (graph, random) => {
    const { input } = node(graph, random)
    if (input.length > 0) input[random.below(input.length)] = ''
  },
  'one input more': (graph, random) => {
    node(graph, random).input.push(anyName(graph, random))
  },
  'inputs turned': (graph, random) => {
    node(graph, random).input.reverse()
  },
  'another input, of a later node too': (graph, random) => {
    const { input } = node(graph, random)
    if (input.length > 0) input[random.below(input.length)] = anyName(graph, random)
  },
  'a cycle': (graph, random) => {
    const found = node(graph, random)
    if (found.input.length > 0) found.input[0] = found.output[0]
  },
  'a name twice': (graph, random) => {
    const { output } = node(graph, random)
    if (output.length > 0) output[0] = anyName(graph, random)
  },
  'a weight twice': (graph, random) => {
    graph.initializer.push(clone(TensorProtoSchema, tensor(graph, random)))
  },
  'an output without a name': (graph, random) => {
    const { output } = node(graph, random)
    if (output.length > 0) output[random.below(output.length)] = ''
  },
  'one output more': (graph, random) => {
    const { output } = node(graph, random)
    output.push(`${output[0]}.more`)
  },
  'a node lost': (graph, random) => {
    graph.node.splice(random.below(graph.node.length), 1)
  },
  'a node twice': (graph, random) => {
    graph.node.push(clone(NodeProtoSchema, node(graph, random)))
  },
  'two nodes in the wrong order': (graph, random) => {
    const place = random.below(Math.max(1, graph.node.length - 1))
    graph.node.splice(place, 2, ...graph.node.slice(place, place + 2).reverse())
  },
  'a weight of another shape': (graph, random) => {
    const found = tensor(graph, random)
    if (found.dims.length < 2) found.dims = [1n, ...found.dims]
    else if (random.below(2) === 0) found.dims.reverse()
    else found.dims = [found.dims.reduce((product, dim) => product * dim, 1n)]
  },
  'a weight of an odd shape': (graph, random) => {
    const { dims } = tensor(graph, random)
    if (dims.length > 0) dims[random.below(dims.length)] = BigInt(one(odd, random))
  },
  'a weight cut short': (graph, random) => {
    const found = tensor(graph, random)
    found.rawData = found.rawData.slice(0, found.rawData.length >> 1)
  },
  'a weight of another type': (graph, random) => {
    tensor(graph, random).dataType = random.below(24)
  },
  'odd numbers in a table': (graph, random) => {
    const tables = graph.initializer.filter(({ dataType, rawData }) => dataType === 7 && rawData.length > 0)
    if (tables.length === 0) return
    const table = one(tables, random)
    const bytes = table.rawData.slice()
    const at = 8 * random.below(bytes.length >> 3)
    new DataView(bytes.buffer).setBigInt64(at, BigInt(one(odd, random)), true)
    table.rawData = bytes
  },
  'NaN in a weight': (graph, random) => {
    const found = tensor(graph, random)
    if (found.dataType !== 1 || found.rawData.length < 4) return
    found.rawData = found.rawData.slice()
    found.rawData.set([0, 0, 0xc0, 0x7f], 4 * random.below(found.rawData.length >> 2))
  },
  'pictures of another size': (graph, random) => {
    const type = graph.input[0]?.type?.value
    const dims = type?.case === 'tensorType' ? type.value.shape?.dim : undefined
    if (dims === undefined || dims.length === 0) return
    if (random.below(4) === 0) dims.pop()
    else dims[random.below(dims.length)].value = { case: 'dimValue', value: BigInt(one(odd, random)) }
  },
  'another output': (graph, random) => {
    if (graph.output.length > 0) graph.output[0] = { ...graph.output[0], name: anyName(graph, random) }
  },
}

export interface Damaged {
  bytes: Uint8Array
  /** What was done to it. */
  by: string[]
}

/** A file with one to four things wrong: with its graph, its opset, or its bytes. The same seed does the same. */
export function damaged(bytes: Uint8Array, random: Chance): Damaged {
  if (random.below(8) === 0) return flipped(bytes, random)
  const proto = fromBinary(ModelProtoSchema, bytes)
  const by: string[] = []
  for (let left = 1 + random.below(1 + random.below(4)); left > 0; left--) {
    if (random.below(16) === 0) {
      proto.opsetImport[0].version = BigInt(11 + random.below(16))
      by.push(`opset ${proto.opsetImport[0].version}`)
      continue
    }
    const [name, wound] = one(Object.entries(wounds), random)
    if (proto.graph!.node.length > 0) wound(proto.graph!, random)
    by.push(name)
  }
  return { bytes: toBinary(ModelProtoSchema, proto), by }
}

/** Flips bits, most of them where names, operators and attributes stand rather than in the weights. */
function flipped(bytes: Uint8Array, random: Chance): Damaged {
  const out = bytes.slice()
  const by: string[] = []
  for (let left = 1 + random.below(6); left > 0; left--) {
    let place = random.below(out.length)
    const isText = (at: number) => out[at] >= 0x2e && out[at] <= 0x7a
    for (let tries = 0; tries < 200 && !(isText(place) && isText(place + 1) && isText(place + 2)); tries++) {
      place = random.below(out.length)
    }
    place = Math.min(out.length - 1, Math.max(0, place - random.below(6)))
    out[place] ^= 1 << random.below(8)
    by.push(`a bit of byte ${place}`)
  }
  return { bytes: out, by }
}
