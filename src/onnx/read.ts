import { readFileSync } from 'node:fs'
import { fromBinary } from '@bufbuild/protobuf'
import { either, StreambedError } from '../error.ts'
import { type ModelProto, ModelProtoSchema, TensorProto_DataLocation } from './generated/onnx_pb.ts'
import { knownDomains, limits } from './limits.ts'
import { called, type Model, modelOf } from './model.ts'

/** The export that reads everywhere, for the `mend` lines. */
const torch = 'torch.onnx.export(network, example, path, opset_version=17, do_constant_folding=True)'

/**
 * A model from its bytes or its file, checked for what would otherwise surface later as a cryptic error of the
 * runtime or as other operators than the file meant. Weights are views into the bytes: do not change them.
 *
 * @throws onnx-unreadable    no such file, empty, cut short, a web page, or a graph that contradicts itself
 * @throws onnx-too-new       a file format or operators newer than the runtime
 * @throws onnx-too-old       operators before opset 11
 * @throws onnx-foreign-domain  operators of a domain that the runtime does not carry
 * @throws onnx-external-data  weights in a file beside it
 */
export function readModel(source: string | Uint8Array, label?: string): Model {
  const name = label ?? (typeof source === 'string' ? source : 'the given bytes')
  const bytes = typeof source === 'string' ? bytesOf(source, name) : source
  const model = modelOf(parsed(bytes, name), name)
  checkVersions(model)
  checkDomains(model)
  checkWeights(model)
  checkGraph(model)
  return model
}

function bytesOf(path: string, label: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new StreambedError('onnx-unreadable', {
      what: `The network could not be read: ${(cause as Error).message}.`,
      where: label,
      mend: 'Give the path of an .onnx file that this user may read.',
      cause,
    })
  }
}

function parsed(bytes: Uint8Array, label: string): ModelProto {
  const unreadable = (what: string, cause?: unknown) =>
    new StreambedError('onnx-unreadable', {
      what,
      where: label,
      mend: 'Copy or download the file again and compare its SHA-256 with the one its maker gives.',
      cause,
    })
  if (bytes.length === 0) throw unreadable('The file is empty: 0 bytes, and an ONNX network was expected.')
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200)).trimStart()
  if (/^<(!doctype|html|\?xml)/i.test(start)) {
    throw unreadable('The file is a web page, not an ONNX network: the download was answered with HTML.')
  }
  if (start.startsWith('version https://git-lfs')) {
    throw unreadable(
      'The file is a Git LFS pointer, not the network itself: run `git lfs pull` where it came from.',
    )
  }
  if (start.startsWith('PK\u0003\u0004')) {
    throw unreadable('The file is a zip archive (a PyTorch checkpoint is one), not an ONNX network.')
  }
  let proto: ModelProto
  try {
    proto = fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    throw unreadable(
      `The ${bytes.length} bytes are no ONNX network, or were cut short: ${(cause as Error).message}.`,
      cause,
    )
  }
  if (proto.graph === undefined || proto.irVersion === 0n) {
    throw unreadable(`The ${bytes.length} bytes hold no ONNX graph, or were cut short before it ended.`)
  }
  return proto
}

function checkVersions({ irVersion, opset, proto, label, producer }: Model): void {
  const writer = producer === '' ? '' : ` (written by ${producer})`
  if (irVersion < 1 || irVersion > limits.newestIr) {
    throw new StreambedError('onnx-too-new', {
      what: `The file is of ONNX format version ${irVersion}${writer}; this runtime reads up to ${limits.newestIr}.`,
      where: label,
      mend: `Export it again with an older onnx package, or set model.ir_version = 10 and save it; for example ${torch}.`,
    })
  }
  const standard = proto.opsetImport.filter(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (standard.length === 0 && proto.graph!.node.length > 0) {
    throw new StreambedError('onnx-unreadable', {
      what: 'The file does not say which version of the standard operators it uses.',
      where: label,
      mend: `Export it again, for example with ${torch}.`,
    })
  }
  const range = `${limits.oldestOpset} … ${limits.newestOpset}`
  if (standard.length > 0 && opset > limits.newestOpset) {
    throw new StreambedError('onnx-too-new', {
      what: `The file uses operators of opset ${opset}${writer}; this runtime knows opset ${range}.`,
      where: label,
      mend: `Export it again with an opset in ${range}, for example ${torch}.`,
    })
  }
  if (standard.length > 0 && opset < limits.oldestOpset) {
    throw new StreambedError('onnx-too-old', {
      what: `The file uses operators of opset ${opset}${writer}, which meant other things; we read opset ${range}.`,
      where: label,
      mend: `Export it again with an opset in ${range}, for example ${torch}, or convert it with onnx.version_converter.convert_version(model, 17).`,
    })
  }
}

function checkDomains({ proto, graph, label }: Model): void {
  const own = new Set(proto.functions.map(({ domain }) => domain))
  for (const node of graph.nodes) {
    if (knownDomains.includes(node.domain) || own.has(node.domain)) continue
    throw new StreambedError('onnx-foreign-domain', {
      what: `${called(node)} is an operator of "${node.domain}", which this runtime does not carry.`,
      where: label,
      mend: `Export the network with operators of ${either(['the standard set', 'com.microsoft'])} only: ${torch}.`,
    })
  }
}

/** Weights beside the file (an `.onnx.data`, as newer exporters write) would be lost with the first alteration. */
function checkWeights({ graph, label }: Model): void {
  for (const tensor of graph.initializers.values()) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue
    const file = tensor.externalData.find(({ key }) => key === 'location')?.value ?? 'another file'
    throw new StreambedError('onnx-external-data', {
      what: `The weight ${tensor.name} lies in ${file}, and a network in one file was expected.`,
      where: label,
      mend: "Join them: python -c \"import onnx; onnx.save(onnx.load('in.onnx'), 'out.onnx')\" (up to 2 GB), or export with external_data=False.",
    })
  }
}

/** A graph must be in order: each tensor made once, and before it is read. */
function checkGraph({ proto, graph, label }: Model): void {
  const refuse = (what: string) =>
    new StreambedError('onnx-unreadable', {
      what,
      where: label,
      mend: 'The file is damaged or was edited by hand: export it again, or fetch it again.',
    })
  const known = new Set(['', ...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)])
  for (const sparse of proto.graph!.sparseInitializer) known.add(sparse.values?.name ?? '')
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (!known.has(name)) throw refuse(`${called(node)} reads "${name}", which nothing before it makes.`)
    }
    // The runtime does not refuse this one: it crashes the process.
    if (node.op === 'Split' && node.domain === '' && node.outputs.includes('')) {
      throw refuse(`${called(node)} leaves an output without a name, which no Split may.`)
    }
    for (const name of node.outputs) {
      if (name !== '' && known.has(name))
        throw refuse(`${called(node)} makes "${name}", which exists already.`)
      known.add(name)
    }
  }
  for (const { name } of graph.outputs) {
    if (!known.has(name)) throw refuse(`The output "${name}" is made by nothing in the graph.`)
  }
  if (graph.outputs.length === 0) throw refuse('The graph has no output.')
}

const quantised =
  /^(QLinear|Dynamic(Quantize|Quant)|Quantize|Dequantize|QGemm|QAttention|QMoE|MatMulNBits|MatMulInteger|ConvInteger|GatherBlockQuantized|NhwcMaxPool)/
const controlFlow = new Set(['If', 'Loop', 'Scan', 'SequenceMap'])

/**
 * Refuses a network that can be run but not trained, naming the first node in the way. Frozen features may come
 * of any network that the runtime runs: this is asked only where gradients are.
 *
 * @throws onnx-quantised, onnx-control-flow, onnx-foreign-domain (operators the runtime fused)
 */
export function requireTrainable({ graph, label }: Model): void {
  const original =
    'Use the float32 export that this file was made from, not one saved after optimisation or quantisation.'
  for (const node of graph.nodes) {
    if (quantised.test(node.op)) {
      throw new StreambedError('onnx-quantised', {
        what: `${called(node)} computes in whole numbers, so nothing can be trained through it.`,
        where: label,
        mend: original,
      })
    }
    if (controlFlow.has(node.op)) {
      throw new StreambedError('onnx-control-flow', {
        what: `${called(node)} decides at run time what is computed, and no gradient is built through that.`,
        where: label,
        mend: `Export it again with fixed shapes and constants folded: ${torch}.`,
      })
    }
    if (node.domain !== '') {
      throw new StreambedError('onnx-foreign-domain', {
        what: `${called(node)} is an operator of "${node.domain}", fused by a runtime; no gradient is known for it.`,
        where: label,
        mend: original,
      })
    }
  }
}
