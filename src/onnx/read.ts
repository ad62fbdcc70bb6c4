import { dirname } from 'node:path'
import { widenBfloat16 } from './bfloat16.ts'
import { checkDomains, checkGraph, checkVersions } from './checks.ts'
import { loadExternalData } from './external-data.ts'
import { inlineFunctions } from './local-functions.ts'
import { type Model, modelOf } from './model.ts'
import { bytesOf, parsed } from './model-file.ts'
import { writeOutSparse } from './sparse-initializers.ts'
import { nodesIn } from './walk.ts'

/**
 * A model from its bytes or its file, checked for what would otherwise surface later as a cryptic error of the
 * runtime or as other operators than the file meant. Weights in files beside it are read in, functions of its own are
 * written out, bfloat16 becomes float32 and sparse weights dense; else it is as it was in the file. Weights are
 * views into the bytes: do not change them.
 *
 * @throws onnx-unreadable      no such file, empty, cut short, a web page, or a graph that contradicts itself
 * @throws onnx-too-large       over 2 GiB in one piece: the weights must lie in a file beside it
 * @throws onnx-too-new         a file format or operators newer than the runtime
 * @throws onnx-too-old         operators before opset 11
 * @throws onnx-foreign-domain  operators of a domain that the runtime does not carry
 * @throws onnx-external-data, -missing, -outside, -damaged   weights beside it, as `loadExternalData` tells
 * @throws onnx-function, onnx-bfloat16   what cannot be written out or widened
 */
export function readModel(source: string | Uint8Array, label?: string): Model {
  const name = label ?? (typeof source === 'string' ? source : 'the given bytes')
  const proto = parsed(typeof source === 'string' ? bytesOf(source, name) : source, name)
  checkVersions(modelOf(proto, name))
  loadExternalData(proto, typeof source === 'string' ? dirname(source) : undefined, name)
  inlineFunctions(proto, name)
  widenBfloat16(proto, name)
  writeOutSparse(proto, name)
  // Left out at the end or not there at all is the same, but for a crash of the runtime (LayerNormalization).
  for (const { input } of nodesIn(proto)) while (input.at(-1) === '') input.pop()
  const model = modelOf(proto, name)
  checkDomains(model)
  checkGraph(model)
  return model
}
