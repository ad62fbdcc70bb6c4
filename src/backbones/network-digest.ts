import { basename, dirname, join } from 'node:path'
import { StreambedError } from '../error.ts'
import { sha256, sha256File } from '../identity/index.ts'
import { sideFilesOf } from '../onnx/index.ts'

/**
 * The SHA-256 of a network's file. Where weights lie in files beside it, it is that of the list of all their digests,
 * the network's own first: what `sha256sum net.onnx net.onnx.data | sha256sum` prints in its folder. So other weights
 * are another network, wherever they lie.
 *
 * @throws onnx-external-data-missing, onnx-external-data-outside
 */
export async function networkDigest(path: string): Promise<string> {
  const own = await sha256File(path)
  const lines = [`${own}  ${basename(path)}\n`]
  for (const name of besides(path)) lines.push(`${await sha256File(join(dirname(path), name))}  ${name}\n`)
  return lines.length === 1 ? own : sha256(lines.join(''))
}

/** Of a file that is no network, the digest alone tells that it is not the one that was meant. */
function besides(path: string): string[] {
  try {
    return sideFilesOf(path)
  } catch (error) {
    if (error instanceof StreambedError && error.code === 'onnx-unreadable') return []
    throw error
  }
}
