import { either, StreambedError } from '../error.ts'
import type { TensorProto } from './generated/onnx_pb.ts'
import { knownDomains, limits } from './limits.ts'
import { called, type Model } from './model.ts'
import { bytesPerElement, elementType } from './values.ts'

/** The export that reads everywhere, for the `mend` lines. */
export const torch = 'torch.onnx.export(network, example, path, opset_version=17, do_constant_folding=True)'

/** @throws onnx-too-new, onnx-too-old, onnx-unreadable where no version is said */
export function checkVersions({ irVersion, opset, proto, label, producer }: Model): void {
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

/** @throws onnx-foreign-domain */
export function checkDomains({ graph, label }: Model): void {
  for (const node of graph.nodes) {
    if (knownDomains.includes(node.domain)) continue
    throw new StreambedError('onnx-foreign-domain', {
      what: `${called(node)} is an operator of "${node.domain}", which this runtime does not carry.`,
      where: label,
      mend: `Export the network with operators of ${either(['the standard set', 'com.microsoft'])} only: ${torch}.`,
    })
  }
}

/**
 * A graph must be in order: each tensor made once, and before it is read.
 *
 * @throws onnx-unreadable
 */
export function checkGraph({ graph, label }: Model): void {
  const refuse = (what: string) =>
    new StreambedError('onnx-unreadable', {
      what,
      where: label,
      mend: 'The file is damaged or was edited by hand: export it again, or fetch it again.',
    })
  for (const tensor of graph.initializers.values()) checkSize(tensor, refuse)
  const known = new Set(['', ...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)])
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

/** The runtime believes in the shape of a weight, whatever there is of it. */
function checkSize(tensor: TensorProto, refuse: (what: string) => StreambedError): void {
  const { name, dims, dataType, rawData, floatData, doubleData, int32Data, int64Data, uint64Data } = tensor
  const each = elementType(dataType) === undefined ? undefined : bytesPerElement(dataType)
  if (each === undefined) return
  const typed = [floatData, doubleData, int32Data, int64Data, uint64Data]
  const count =
    rawData.length > 0 ? rawData.length / each : typed.reduce((sum, { length }) => sum + length, 0)
  const wanted = dims.reduce((product, dim) => product * Number(dim), 1)
  if (count !== wanted || dims.some((dim) => dim < 0n)) {
    throw refuse(
      `The constant ${name || '(unnamed)'} has ${count} values, and its shape [${dims.join(', ')}] needs ${wanted}.`,
    )
  }
}
