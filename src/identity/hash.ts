import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { canonicalJson } from './canonical.ts'

/** SHA-256 of bytes or of a text's UTF-8, as 64 hexadecimal digits. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}

/** The digest of a file's bytes, read in pieces. `algorithm` is 'sha256', or 'md5' where a publisher gives that. */
export async function sha256File(path: string, algorithm: 'sha256' | 'md5' = 'sha256'): Promise<string> {
  const hash = createHash(algorithm)
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece)
  return hash.digest('hex')
}

/** A short permanent id of a plain value: the first 16 hexadecimal digits of the SHA-256 of its canonical JSON. */
export function contentId(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 16)
}
