import { readFileSync, statSync } from 'node:fs'
import { fromBinary } from '@bufbuild/protobuf'
import { StreambedError } from '../error.ts'
import { type ModelProto, ModelProtoSchema } from './generated/onnx_pb.ts'
import { limits } from './limits.ts'

/** @throws onnx-unreadable, onnx-too-large */
export function bytesOf(path: string, label: string): Uint8Array {
  try {
    const { size } = statSync(path)
    if (size > limits.mostBytes) throw tooLarge(size, label)
    return readFileSync(path)
  } catch (cause) {
    if (cause instanceof StreambedError) throw cause
    throw new StreambedError('onnx-unreadable', {
      what: `The network could not be read: ${(cause as Error).message}.`,
      where: label,
      mend: 'Give the path of an .onnx file that this user may read.',
      cause,
    })
  }
}

/** No protobuf message is larger; neither Node nor the runtime reads one that is. */
export function tooLarge(bytes: number, label: string): StreambedError {
  return new StreambedError('onnx-too-large', {
    what: `The network takes ${(bytes / 1e9).toFixed(1)} GB in one piece, and no ONNX file may take over 2 GiB.`,
    where: label,
    mend: "Keep its weights in a file beside it: python -c \"import onnx; onnx.save(onnx.load('in.onnx'), 'out.onnx', save_as_external_data=True)\"; or store them as float16.",
  })
}

/**
 * The message in the bytes, or the reason why they hold none.
 *
 * @throws onnx-unreadable
 */
export function parsed(bytes: Uint8Array, label: string): ModelProto {
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
