import { StreambedError } from '../error.ts'
import { typeAttributes } from './attributes.ts'
import type { ModelProto, TensorProto, TypeProto } from './generated/onnx_pb.ts'
import { graphsIn, nodesIn, tensorsIn } from './walk.ts'

/** ONNX's numbers for the two types. */
const bfloat16 = 16
const float32 = 1

/**
 * Makes float32 of every bfloat16 in a model, in place: weights, inputs and outputs, and what nodes cast to. Every
 * bfloat16 is a float32, so no weight changes; what is computed of them is rounded less. The processor's runtime
 * has next to no operator for bfloat16, and a caller has no array of it.
 *
 * @throws onnx-bfloat16 where a node takes a bfloat16 for its bits
 */
export function widenBfloat16(proto: ModelProto, label: string): void {
  let found = false
  for (const tensor of tensorsIn(proto)) {
    if (tensor.dataType !== bfloat16) continue
    found = true
    widen(tensor)
  }
  for (const { input, output, valueInfo } of proto.graph === undefined ? [] : graphsIn(proto.graph)) {
    for (const { type } of [...input, ...output, ...valueInfo]) found = retyped(type) || found
  }
  for (const { attribute } of nodesIn(proto)) {
    for (const one of attribute) {
      if (one.i !== BigInt(bfloat16) || !typeAttributes.has(one.name)) continue
      found = true
      one.i = BigInt(float32)
    }
  }
  if (!found) return
  for (const { opType, name, output } of nodesIn(proto)) {
    if (opType !== 'BitCast') continue
    throw new StreambedError('onnx-bfloat16', {
      what: `${opType} ${name || `→ ${output[0] ?? ''}`} takes numbers for their bits, in a network of bfloat16, which is read as float32 here.`,
      where: label,
      mend: 'Export the network in float32: network.float() before torch.onnx.export.',
    })
  }
}

/** A bfloat16 is the upper half of a float32. */
function widen(tensor: TensorProto): void {
  const { rawData, int32Data } = tensor
  const bytes = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  const count = rawData.length > 0 ? rawData.length >> 1 : int32Data.length
  const bits = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    bits[i] = (rawData.length > 0 ? bytes.getUint16(2 * i, true) : int32Data[i] & 0xffff) << 16
  }
  tensor.dataType = float32
  tensor.int32Data = []
  tensor.rawData = new Uint8Array(bits.buffer)
}

/** Whether the type held a bfloat16. */
function retyped(type: TypeProto | undefined): boolean {
  const value = type?.value
  switch (value?.case) {
    case 'tensorType':
    case 'sparseTensorType':
      if (value.value.elemType !== bfloat16) return false
      value.value.elemType = float32
      return true
    case 'sequenceType':
    case 'optionalType':
      return retyped(value.value.elemType)
    case 'mapType':
      return retyped(value.value.valueType)
    default:
      return false
  }
}
