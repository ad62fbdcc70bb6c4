import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { publish } from '../files/index.ts'
import { contentId, sha256 } from '../identity/index.ts'

/** What was found by reading a dataset's files once: plain facts and named columns. */
export interface IndexContent<Facts> {
  facts: Facts
  columns: Record<string, Uint8Array | Uint16Array | Uint32Array>
}

/** Raise when the content of an index changes its meaning. */
const version = 1

const columnTypes = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array } as const

/**
 * Reads an index of the cache, or builds and keeps it.
 *
 * The key names the files with size and time of last change, so a touched file is read anew. An index that is
 * missing, of another version, cut off or damaged by one bit (its SHA-256 stands in its first line) is rebuilt;
 * two processes that build it at once publish the same bytes.
 *
 * @param what a word for the kind of reading, and whatever else determines the content.
 */
export async function withIndex<Facts>(
  cache: string,
  what: { kind: string; [other: string]: unknown },
  files: readonly string[],
  build: () => Promise<IndexContent<Facts>>,
): Promise<IndexContent<Facts>> {
  const key = contentId({ version, what, files: files.map(fileStamp) })
  const path = join(cache, 'indexes', `${what.kind}-${key}.index`)
  const kept = readIndex<Facts>(path)
  if (kept) return kept
  const content = await build()
  publish(path, indexBytes(content))
  return content
}

/** Path, size and time of last change in nanoseconds: cheap to get, and different when a file was replaced. */
export function fileStamp(path: string): [path: string, bytes: string, changed: string] {
  const { size, mtimeNs } = statSync(path, { bigint: true })
  return [path, String(size), String(mtimeNs)]
}

function indexBytes(content: IndexContent<unknown>): Uint8Array[] {
  const columns = Object.entries(content.columns).map(([name, values]) => ({
    name,
    type: values instanceof Uint8Array ? 'u8' : values instanceof Uint16Array ? 'u16' : 'u32',
    bytes: values.byteLength,
    data: Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  }))
  const header = JSON.stringify({
    facts: content.facts,
    columns: columns.map(({ name, type, bytes }) => ({ name, type, bytes })),
  })
  const rest = Buffer.concat([Buffer.from(`${header}\n`), ...columns.map(({ data }) => data)])
  return [Buffer.from(`streambed-index ${version} ${sha256(rest)}\n`), rest]
}

function readIndex<Facts>(path: string): IndexContent<Facts> | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    return undefined
  }
  const firstEnd = bytes.indexOf(10)
  const rest = bytes.subarray(firstEnd + 1)
  if (
    firstEnd < 0 ||
    bytes.toString('latin1', 0, firstEnd) !== `streambed-index ${version} ${sha256(rest)}`
  ) {
    return undefined
  }
  const headerEnd = rest.indexOf(10)
  const header = JSON.parse(rest.toString('utf8', 0, headerEnd)) as {
    facts: Facts
    columns: { name: string; type: keyof typeof columnTypes; bytes: number }[]
  }
  const columns: IndexContent<Facts>['columns'] = {}
  let at = headerEnd + 1
  for (const { name, type, bytes: length } of header.columns) {
    // Copied, so that wider numbers stand at an aligned address.
    const own = new Uint8Array(rest.subarray(at, at + length))
    columns[name] = new columnTypes[type](
      own.buffer,
      own.byteOffset,
      length / columnTypes[type].BYTES_PER_ELEMENT,
    )
    at += length
  }
  return { facts: header.facts, columns }
}
