import { clone, create, fromBinary } from '@bufbuild/protobuf'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { StreambedError } from '../error.ts'
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
} from './generated/onnx_pb.ts'
import { knownDomains } from './limits.ts'
import { freshName, tensorNames } from './rename.ts'
import { graphsIn } from './walk.ts'

/** More nodes than any network has: what functions that call functions twice, over and over, would come to. */
const mostNodes = 100_000

/** Where a name inside a function goes: to a tensor of the caller, or under a name of its own. */
type Names = Map<string, string>
type Given = ReadonlyMap<string, AttributeProto>

/**
 * Writes the body of every function that a file defines for itself (ModelProto.functions, as torch's newer exporter
 * leaves them) in the place of each call, in place, bodies of If, Loop and Scan and functions in functions included.
 *
 * @throws onnx-function where a function calls itself, is called with more than it takes, is written for another
 *   opset than the network, or grows beyond 100,000 nodes
 */
export function inlineFunctions(proto: ModelProto, label: string): void {
  if (proto.functions.length === 0 || proto.graph === undefined) return
  const refuse = (what: string) =>
    new StreambedError('onnx-function', {
      what,
      where: label,
      mend: "Write the functions out first: python -c \"import onnx, onnx.inliner; onnx.save(onnx.inliner.inline_local_functions(onnx.load('in.onnx'), True), 'out.onnx')\".",
    })
  const functions = new Map<string, FunctionProto>()
  for (const one of proto.functions) {
    const key = keyOf(one.domain, one.name, textOf(one, 13))
    if (functions.has(key)) throw refuse(`Two functions are called ${one.name} of "${one.domain}".`)
    functions.set(key, one)
  }
  importOpsets(proto, refuse)

  const taken = new Set<string>()
  for (const graph of graphsIn(proto.graph)) {
    for (const name of [...tensorNames(graph), ...graph.output.map(({ name }) => name)]) taken.add(name)
  }
  /** How often a call of this name was met: two calls of one name must not make tensors of one name. */
  const met = new Map<string, number>()
  const prefixOf = (call: NodeProto) => {
    const plain = call.name || call.output.find((name) => name !== '') || call.opType
    const times = (met.get(plain) ?? 0) + 1
    met.set(plain, times)
    return times === 1 ? plain : `${plain}.${times}`
  }
  let count = 0
  const writtenOut = (nodes: readonly NodeProto[], within: readonly string[]): NodeProto[] =>
    nodes.flatMap((node) => {
      if (++count > mostNodes) throw refuse(`Written out, its functions come to over ${mostNodes} nodes.`)
      const key = keyOf(node.domain, node.opType, textOf(node, 8))
      const called = functions.get(key)
      if (called === undefined) {
        for (const { g, graphs } of node.attribute) {
          for (const body of g === undefined ? graphs : [g, ...graphs])
            body.node = writtenOut(body.node, within)
        }
        return [node]
      }
      const title = `The function ${called.name} of "${called.domain}"`
      if (within.includes(key)) throw refuse(`${title} calls itself.`)
      if (node.input.length > called.input.length || node.output.length > called.output.length) {
        throw refuse(
          `${title} is called with more than the ${called.input.length} inputs and ${called.output.length} outputs it has.`,
        )
      }
      return writtenOut(bodyOf(called, node, prefixOf(node), taken), [...within, key])
    })
  proto.graph.node = writtenOut(proto.graph.node, [])
  const gone = new Set(proto.functions.map(({ domain }) => domain))
  proto.opsetImport = proto.opsetImport.filter(
    ({ domain }) => knownDomains.includes(domain) || domain === 'ai.onnx' || !gone.has(domain),
  )
  proto.functions = []
}

function keyOf(domain: string, name: string, overload: string): string {
  return JSON.stringify([domain === 'ai.onnx' ? '' : domain, name, overload])
}

/** The operators that functions import beside the network's; another version of the same ones may mean other things. */
function importOpsets(proto: ModelProto, refuse: (what: string) => StreambedError): void {
  const plain = (domain: string) => (domain === 'ai.onnx' ? '' : domain)
  const versions = new Map(proto.opsetImport.map(({ domain, version }) => [plain(domain), version]))
  for (const { name, opsetImport } of proto.functions) {
    for (const { domain, version } of opsetImport) {
      const known = versions.get(plain(domain))
      if (known === undefined) {
        versions.set(plain(domain), version)
        proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version }))
      } else if (known !== version && knownDomains.includes(plain(domain))) {
        throw refuse(
          `The function ${name} is written for opset ${version} of "${plain(domain)}", and the network for ${known}.`,
        )
      }
    }
  }
}

/** The nodes of a function, reading and making what one call of it does. */
function bodyOf(called: FunctionProto, call: NodeProto, prefix: string, taken: Set<string>): NodeProto[] {
  const names: Names = new Map(called.input.map((name, i) => [name, call.input[i] ?? '']))
  const handedOn: NodeProto[] = []
  called.output.forEach((name, i) => {
    const wanted = call.output[i] ?? ''
    if (names.has(name)) {
      // An input that is an output as well, or the same output twice.
      if (wanted !== '') {
        handedOn.push(
          create(NodeProtoSchema, { opType: 'Identity', input: [names.get(name)!], output: [wanted] }),
        )
      }
    } else if (wanted !== '') names.set(name, wanted)
  })
  const given = attributesOf(called, call)
  const made = (name: string) => {
    if (name !== '' && !names.has(name)) names.set(name, freshName(`${prefix}/${name}`, taken))
  }
  const nodes = called.node.map((node) => clone(NodeProtoSchema, node))
  for (const node of nodes) for (const name of node.output) made(name)
  for (const node of nodes) nameInBodies(node, made)
  for (const node of nodes) rewrite(node, names, given, prefix)
  return [...nodes, ...handedOn]
}

/** The names that the bodies of If, Loop and Scan define for themselves. */
function nameInBodies({ attribute }: NodeProto, made: (name: string) => void): void {
  for (const { g, graphs } of attribute) {
    for (const outer of g === undefined ? graphs : [g, ...graphs]) {
      for (const body of graphsIn(outer)) {
        for (const { name } of [...body.input, ...body.initializer]) made(name)
        for (const { output } of body.node) output.forEach(made)
      }
    }
  }
}

/** What the call says of the function's attributes, and the function's defaults for the rest. */
function attributesOf(called: FunctionProto, call: NodeProto): Given {
  const defaults = bytesOf(called, 11).map((bytes) => fromBinary(AttributeProtoSchema, bytes))
  const declared = new Set([...called.attribute, ...defaults.map(({ name }) => name)])
  const said = call.attribute.filter(({ name }) => declared.has(name))
  return new Map([...defaults, ...said].map((attribute) => [attribute.name, attribute]))
}

function rewrite(node: NodeProto, names: Names, given: Given, prefix: string): void {
  const called = (name: string) => names.get(name) ?? name
  node.name = `${prefix}/${node.name || node.opType}`
  node.input = node.input.map(called)
  node.output = node.output.map(called)
  node.attribute = node.attribute.flatMap((attribute) => {
    if (attribute.refAttrName === '') {
      const { g, graphs } = attribute
      for (const body of g === undefined ? graphs : [g, ...graphs]) rewriteBody(body, names, given, prefix)
      return [attribute]
    }
    const value = given.get(attribute.refAttrName)
    return value === undefined ? [] : [{ ...clone(AttributeProtoSchema, value), name: attribute.name }]
  })
}

function rewriteBody(body: GraphProto, names: Names, given: Given, prefix: string): void {
  for (const value of [...body.input, ...body.output, ...body.initializer, ...body.valueInfo]) {
    value.name = names.get(value.name) ?? value.name
  }
  for (const node of body.node) rewrite(node, names, given, prefix)
}

type Message = Pick<NodeProto, '$unknown'>

/** A field of bytes that our older schema of the format does not have. */
function bytesOf({ $unknown }: Message, field: number): Uint8Array[] {
  return ($unknown ?? []).flatMap(({ no, wireType, data }) =>
    no === field && wireType === 2 ? [new BinaryReader(data).bytes()] : [],
  )
}

function textOf(message: Message, field: number): string {
  return new TextDecoder().decode(bytesOf(message, field).at(-1))
}
