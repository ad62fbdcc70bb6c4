import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { dirname, join, posix, win32 } from 'node:path'
import { clearField } from '@bufbuild/protobuf'
import { StreambedError } from '../error.ts'
import {
  type ModelProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './generated/onnx_pb.ts'
import { bytesOf, parsed } from './model-file.ts'
import { bytesPerElement } from './values.ts'
import { tensorsIn } from './walk.ts'

/**
 * The files beside a network that hold weights of it, as paths from its folder, sorted; none for most networks.
 *
 * @throws onnx-unreadable, onnx-too-large, and as {@link loadExternalData} for files that are missing or outside
 */
export function sideFilesOf(path: string): string[] {
  const files = new Set<string>()
  for (const tensor of tensorsIn(parsed(bytesOf(path, path), path))) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue
    const place = placeOf(tensor, path)
    if (files.has(place.location)) continue
    closeSync(opened(tensor, place, dirname(path), path).handle)
    files.add(place.location)
  }
  return [...files].sort()
}

/** A table of numbers as the file beside the network holds it. */
interface Place {
  location: string
  offset: number
  /** `undefined`: to the end of the file. */
  length: number | undefined
}

/**
 * Reads the weights that lie in files beside the network (an `.onnx.data`, as exporters write for networks over
 * 2 GB) into the model, in place: only the ranges that are named, so that gaps in those files cost nothing. A symbolic
 * link in the folder is followed, as the caches of model hubs are made of them; a path that leads out is not.
 *
 * @param folder where the network lies; `undefined` when only its bytes are known
 * @throws onnx-external-data          only the bytes of the network were given
 * @throws onnx-external-data-missing  no such file
 * @throws onnx-external-data-outside  the path leads out of the network's folder
 * @throws onnx-external-data-damaged  the file ends before the weight does, or the range contradicts its shape
 * @throws onnx-too-large              one weight of more bytes than Node holds in one piece (4 GiB)
 */
export function loadExternalData(proto: ModelProto, folder: string | undefined, label: string): void {
  const files = new Map<string, { handle: number; size: number }>()
  try {
    for (const tensor of tensorsIn(proto)) {
      if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue
      const place = placeOf(tensor, label)
      if (folder === undefined) throw withoutFolder(tensor, place, label)
      let file = files.get(place.location)
      if (file === undefined) {
        file = opened(tensor, place, folder, label)
        files.set(place.location, file)
      }
      tensor.rawData = rangeOf(tensor, place, file, label)
      clearField(tensor, TensorProtoSchema.field.dataLocation)
      tensor.externalData = []
    }
  } finally {
    for (const { handle } of files.values()) closeSync(handle)
  }
}

const nameOf = ({ name }: TensorProto) => name || '(unnamed)'
const joined =
  "Join them: python -c \"import onnx; onnx.save(onnx.load('in.onnx'), 'out.onnx')\" (up to 2 GB), or export with external_data=False."

function withoutFolder(tensor: TensorProto, { location }: Place, label: string): StreambedError {
  return new StreambedError('onnx-external-data', {
    what: `The weight ${nameOf(tensor)} lies in ${location}, and only the bytes of the network were given.`,
    where: label,
    mend: `Give the path of the network, with ${location} beside it. ${joined}`,
  })
}

function damaged(tensor: TensorProto, what: string, where: string): StreambedError {
  return new StreambedError('onnx-external-data-damaged', {
    what: `The weight ${nameOf(tensor)} ${what}.`,
    where,
    mend: 'Copy the file beside the network again, from the same export as the network; the two belong together.',
  })
}

function placeOf(tensor: TensorProto, label: string): Place {
  const said = new Map(tensor.externalData.map(({ key, value }) => [key, value]))
  const whole = (key: string) => {
    const text = said.get(key)
    if (text === undefined) return undefined
    if (/^\d{1,15}$/.test(text)) return Number(text)
    throw damaged(
      tensor,
      `lies at the ${key} "${text.slice(0, 40)}", and a number of bytes was expected`,
      label,
    )
  }
  const location = said.get('location') ?? ''
  if (location === '') throw damaged(tensor, 'lies in another file that has no name', label)
  const inside = posix.normalize(location.replaceAll('\\', '/'))
  if (posix.isAbsolute(inside) || win32.isAbsolute(location) || inside.split('/').includes('..')) {
    throw new StreambedError('onnx-external-data-outside', {
      what: `The weight ${nameOf(tensor)} is said to lie in ${location}, outside the folder of the network.`,
      where: label,
      mend: `Nothing outside it is read. Put the file beside the network and save it so: onnx.save(model, path, save_as_external_data=True, location='weights.data').`,
    })
  }
  return { location: inside, offset: whole('offset') ?? 0, length: whole('length') }
}

function opened(tensor: TensorProto, { location }: Place, folder: string, label: string) {
  const path = join(folder, location)
  const missing = (why: string, cause?: unknown) =>
    new StreambedError('onnx-external-data-missing', {
      what: `The weight ${nameOf(tensor)} lies in ${location}, ${why}.`,
      where: label,
      mend: `Copy ${location} into ${folder}, from where the network came: the two belong together. ${joined}`,
      cause,
    })
  let handle: number
  try {
    handle = openSync(path, 'r')
  } catch (cause) {
    throw missing(`which could not be opened: ${(cause as Error).message}`, cause)
  }
  const status = fstatSync(handle)
  if (!status.isFile()) {
    closeSync(handle)
    throw missing('which is no file')
  }
  return { handle, size: status.size }
}

/** Node reads at most 2 GiB at once. */
const most = 2 ** 30

function rangeOf(
  tensor: TensorProto,
  { location, offset, length: said }: Place,
  { handle, size }: { handle: number; size: number },
  label: string,
): Uint8Array<ArrayBuffer> {
  const where = `${label} › ${location}`
  const each = bytesPerElement(tensor.dataType)
  const needed = each && tensor.dims.reduce((product, dim) => product * Number(dim), each)
  const length = said ?? needed ?? Math.max(0, size - offset)
  if (needed !== undefined && length !== needed) {
    throw damaged(
      tensor,
      `has ${length} bytes, and its shape [${tensor.dims.join(', ')}] needs ${needed}`,
      where,
    )
  }
  if (length < 0 || offset + length > size) {
    throw damaged(tensor, `should end at byte ${offset + length}, and the file ends at ${size}`, where)
  }
  let bytes: Uint8Array<ArrayBuffer>
  try {
    bytes = new Uint8Array(length)
  } catch (cause) {
    throw new StreambedError('onnx-too-large', {
      what: `The weight ${nameOf(tensor)} has ${(length / 1e9).toFixed(1)} GB, more than is held here in one piece.`,
      where,
      mend: 'A weight may have up to 4 GiB, and must fit into the memory of this machine.',
      cause,
    })
  }
  for (let done = 0; done < length; ) {
    const got = readSync(handle, bytes, done, Math.min(most, length - done), offset + done)
    if (got === 0) throw damaged(tensor, `should have ${length} bytes, and only ${done} could be read`, where)
    done += got
  }
  return bytes
}
