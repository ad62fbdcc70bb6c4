import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { StreambedError } from '../../error.ts'

/** Some millions of rows; more would not fit into one string with ease. */
const mostBytes = 256 * 1024 * 1024

/**
 * The text of a manifest, lines ended by line feeds: from UTF-8 with or without a byte-order mark, or UTF-16 with one.
 *
 * Bytes that are neither are refused and not guessed at: a guess turns `é` into another file's name.
 *
 * @throws data-missing; manifest-too-large; manifest-encoding, naming line and byte.
 */
export function manifestText(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) {
    throw new StreambedError('data-missing', {
      what: found ? 'A manifest was asked for, and this is a folder.' : 'The manifest is not there.',
      where: path,
      mend: found
        ? 'Give the CSV file itself in `path:`; split-image-folder takes a folder.'
        : 'Correct `path:`, or the data folder given with --data.',
    })
  }
  if (found.size > mostBytes) {
    throw new StreambedError('manifest-too-large', {
      what: `The manifest has ${found.size.toLocaleString('en-US')} bytes; at most ${mostBytes.toLocaleString('en-US')} are read.`,
      where: path,
      mend: 'Give the CSV list of the pictures, and not the pictures themselves.',
    })
  }
  const text = decoded(readFileSync(path), path)
  // Every program's line ends become one kind, so that lines are counted as an editor counts them.
  return text.replace(/\r\n?/g, '\n')
}

function decoded(bytes: Buffer, path: string): string {
  const start = bytes.subarray(0, 4).toString('latin1')
  if (start === 'PK\x03\x04' || start === '\xd0\xcf\x11\xe0') {
    throw encoding(path, 'The manifest is a workbook of a spreadsheet program and not CSV text.')
  }
  if (start.startsWith('\xff\xfe') || start.startsWith('\xfe\xff')) return decodedWide(bytes, path)
  if (bytes.includes(0)) throw zeroBytes(path)
  if (!isUtf8(bytes)) {
    const { line, byte, value } = badPlace(bytes)
    const hex = value.toString(16).toUpperCase().padStart(2, '0')
    throw encoding(
      `${path}:${line}`,
      `The manifest is not UTF-8: byte ${byte} of line ${line} is ${hex}, as in a file saved as Latin-1 or Windows-1252.`,
    )
  }
  return bytes.toString('utf8', start.startsWith('\xef\xbb\xbf') ? 3 : 0)
}

function decodedWide(bytes: Buffer, path: string): string {
  if (bytes.length % 2 !== 0) throw encoding(path, 'The manifest is UTF-16 and cut off within a character.')
  const text = (bytes[0] === 0xff ? bytes : bytes.swap16()).toString('utf16le', 2)
  if (text.includes('\0')) throw zeroBytes(path)
  const lone = text.search(/\p{Surrogate}/u)
  if (lone >= 0) {
    const line = text.slice(0, lone).split('\n').length
    throw encoding(`${path}:${line}`, `The manifest is not UTF-16: line ${line} holds half a character.`)
  }
  return text
}

/** The first byte that is not UTF-8, of text that has one. Line and byte are counted from 1, the byte in its line. */
function badPlace(bytes: Buffer): { line: number; byte: number; value: number } {
  for (let line = 1, from = 0; ; line++) {
    const end = bytes.indexOf(10, from)
    const within = bytes.subarray(from, end < 0 ? bytes.length : end)
    if (!isUtf8(within)) {
      let at = 0
      for (let length: number; (length = characterLength(within[at])) > 0; at += length) {
        if (at + length > within.length || !isUtf8(within.subarray(at, at + length))) break
      }
      return { line, byte: at + 1, value: within[at] }
    }
    from = end + 1
  }
}

/** Bytes of the character that this one begins; 0 where none begins so. */
function characterLength(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
}

const zeroBytes = (path: string): StreambedError =>
  encoding(path, 'The manifest holds zero bytes: it is no text, or UTF-16 without a byte-order mark.')

function encoding(where: string, what: string): StreambedError {
  return new StreambedError('manifest-encoding', {
    what,
    where,
    mend: 'Save it as “CSV UTF-8”: UTF-8 is read with or without a byte-order mark, UTF-16 with one.',
  })
}
