import { constants, crc32, gzipSync, inflateRawSync } from 'node:zlib'
import { StreambedError } from '../error.ts'

/** One whole line of a facts file. */
export interface Line {
  /** With its line end. */
  text: string
  /** Offset of the first byte after the gzip member that ends it. */
  end: number
}

export interface Lines {
  lines: Line[]
  /** Bytes up to here are whole lines; what follows is the torn rest of one. */
  whole: number
  /** False if somebody compressed the file anew, so that lines share a member. */
  separable: boolean
}

/** Columns long enough to earn a Huffman code of their own. */
const column = /"[!#-[\]-~]{512,}"|\[[-\d,]{512,}\]/g

/**
 * A line, compressed as one or several gzip members: one for each long column, since leading digits and
 * units share no statistics. To any gzip reader that is one text.
 */
export function compressLine(line: string): Buffer {
  const pieces: string[] = []
  let at = 0
  for (const match of line.matchAll(column)) {
    pieces.push(line.slice(at, match.index), match[0])
    at = match.index + match[0].length
  }
  pieces.push(line.slice(at))
  return Buffer.concat(pieces.map(smallest))
}

/** Digits without repetition are smaller when no repetition is looked for. */
function smallest(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return [constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED, constants.Z_HUFFMAN_ONLY]
    .map((strategy) => gzipSync(bytes, { level: 9, strategy }))
    .reduce((best, next) => (next.length < best.length ? next : best))
}

/**
 * The whole lines of a facts file, whatever byte it was cut at.
 *
 * @throws record-damaged when whole lines follow an unreadable place: that is no crash, but a changed file.
 */
export function splitLines(file: Buffer, place: string): Lines {
  const lines: Line[] = []
  let separable = true
  let pending: Buffer[] = []
  let at = 0
  while (at < file.length) {
    const member = memberAt(file, at)
    if (!member) {
      refuseIfMoreFollows(file, at, place)
      break
    }
    at = member.end
    let from = 0
    for (let stop = member.data.indexOf(10); stop >= 0; stop = member.data.indexOf(10, from)) {
      pending.push(member.data.subarray(from, stop + 1))
      lines.push({ text: Buffer.concat(pending).toString('utf8'), end: at })
      pending = []
      from = stop + 1
      if (from < member.data.length) separable = false
    }
    if (from < member.data.length) pending.push(member.data.subarray(from))
  }
  return { lines, whole: separable ? (lines.at(-1)?.end ?? 0) : at, separable }
}

/** The gzip member that begins at `at` (RFC 1952), or `undefined` if it is not whole and sound. */
function memberAt(file: Buffer, at: number): { data: Buffer; end: number } | undefined {
  const start = afterHeader(file, at)
  if (start === undefined) return undefined
  try {
    const { buffer, engine } = inflateRawSync(file.subarray(start), { info: true }) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    const trailer = start + engine.bytesWritten
    if (trailer + 8 > file.length) return undefined
    if (file.readUInt32LE(trailer) !== crc32(buffer)) return undefined
    if (file.readUInt32LE(trailer + 4) !== buffer.length >>> 0) return undefined
    return { data: buffer, end: trailer + 8 }
  } catch {
    return undefined // cut short, or not a deflate stream
  }
}

function afterHeader(file: Buffer, at: number): number | undefined {
  if (at + 10 > file.length || file[at] !== 0x1f || file[at + 1] !== 0x8b || file[at + 2] !== 8)
    return undefined
  const flags = file[at + 3]
  let next = at + 10
  if (flags & 4) {
    if (next + 2 > file.length) return undefined
    next += 2 + file.readUInt16LE(next)
  }
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue
    const stop = file.indexOf(0, next)
    if (stop < 0) return undefined
    next = stop + 1
  }
  if (flags & 2) next += 2
  return next < file.length ? next : undefined
}

function refuseIfMoreFollows(file: Buffer, at: number, place: string): void {
  const magic = Buffer.of(0x1f, 0x8b, 8)
  for (let next = file.indexOf(magic, at + 1); next >= 0; next = file.indexOf(magic, next + 1)) {
    if (!memberAt(file, next)) continue
    throw new StreambedError('record-damaged', {
      what: `The facts can't be read at byte ${at}, though whole lines follow; a crash damages the end only.`,
      where: place,
      mend: 'Restore the file from a copy, or delete the folder of this run and run it again.',
    })
  }
}
