/**
 * A frame: u32 little-endian length, a header of so many bytes of JSON in the shape of JSON-RPC 2.0, and the bytes of its
 * arrays one after the other, as `arrays: [{ dtype, shape, nbytes }]` in the header says. `{ "$array": 2 }` anywhere in the
 * header stands for the third of them, `{ "$number": "NaN" }` for a number that JSON has not.
 */
export class WireArray {
  readonly dtype: string
  readonly shape: readonly number[]
  /** A typed array of its kind; bytes for kinds that we have no numbers for, such as int64. */
  readonly data: Values

  constructor(dtype: string, shape: readonly number[], data: Values) {
    this.dtype = dtype
    this.shape = shape
    this.data = data
  }
}

type Values = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array

const kinds = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
} as const

/** Rows of numbers as they go over the wire. */
export function wired(data: Values, shape: readonly number[] = [data.length]): WireArray {
  const dtype = Object.entries(kinds).find(([, kind]) => data instanceof kind)![0]
  return new WireArray(dtype, shape, data)
}

/** The bytes of a message, in one piece. */
export function encodeFrame(message: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const arrays: { dtype: string; shape: readonly number[]; nbytes: number }[] = []
  const bytes: Uint8Array[] = []
  const plain = (value: unknown): unknown => {
    if (value instanceof WireArray) {
      const { dtype, shape, data } = value
      bytes.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      return { $array: arrays.push({ dtype, shape, nbytes: data.byteLength }) - 1 }
    }
    if (Array.isArray(value)) return value.map(plain)
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) }
    return value
  }
  const header = Buffer.from(JSON.stringify({ ...(plain(message) as object), arrays }))
  const frame = new Uint8Array(4 + header.length + bytes.reduce((sum, { length }) => sum + length, 0))
  new DataView(frame.buffer).setUint32(0, header.length, true)
  frame.set(header, 4)
  let at = 4 + header.length
  for (const piece of bytes) {
    frame.set(piece, at)
    at += piece.length
  }
  return frame
}

/** What comes before the arrays of a frame. */
export interface Header {
  readonly jsonrpc: '2.0'
  readonly id: number
  readonly arrays: readonly { dtype: string; shape: readonly number[]; nbytes: number }[]
  readonly [member: string]: unknown
}

/** A longer header is no header: someone has printed. */
const longestHeader = 1 << 26

/**
 * The first frame of some bytes; `undefined` while it is not there yet.
 *
 * @throws SyntaxError where the bytes are no frame
 */
export function firstFrame(bytes: Uint8Array): { header: Header; body: Uint8Array; end: number } | undefined {
  if (bytes.length < 4) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(0, true)
  if (length < 2 || length > longestHeader) throw new SyntaxError('no frame begins like this')
  if (bytes.length < 4 + length) return undefined
  const header = JSON.parse(Buffer.from(bytes.subarray(4, 4 + length)).toString()) as Header
  if (!isHeader(header)) throw new SyntaxError('no header of a frame')
  const end = 4 + length + header.arrays.reduce((sum, { nbytes }) => sum + nbytes, 0)
  return bytes.length < end ? undefined : { header, body: bytes.subarray(4 + length, end), end }
}

function isHeader(header: Header): boolean {
  if (header === null || typeof header !== 'object' || header.jsonrpc !== '2.0') return false
  return (
    Array.isArray(header.arrays) &&
    header.arrays.every(
      ({ dtype, shape, nbytes }) =>
        typeof dtype === 'string' &&
        Array.isArray(shape) &&
        shape.every((side) => Number.isSafeInteger(side) && side >= 0) &&
        Number.isSafeInteger(nbytes) &&
        nbytes >= 0,
    )
  )
}

/**
 * A header with its arrays in it.
 *
 * @throws SyntaxError for an array whose bytes are not as many as its shape says, or that isn't there
 */
export function withArrays(header: Header, body: Uint8Array): Record<string, unknown> {
  let at = 0
  const arrays = header.arrays.map(({ dtype, shape, nbytes }) => {
    const bytes = body.slice(at, (at += nbytes)) // a copy of its own, so that wider numbers lie straight
    const Kind = Object.hasOwn(kinds, dtype) ? kinds[dtype as keyof typeof kinds] : undefined
    if (Kind === undefined) return new WireArray(dtype, shape, bytes)
    const size = shape.reduce((product, side) => product * side, 1)
    if (size * Kind.BYTES_PER_ELEMENT !== nbytes) {
      throw new SyntaxError(`an array of ${dtype} [${shape}] came with ${nbytes} bytes`)
    }
    return new WireArray(dtype, shape, new Kind(bytes.buffer))
  })
  const revive = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(revive)
    if (value === null || typeof value !== 'object') return value
    const { $array, $number } = value as Record<string, unknown>
    if (typeof $number === 'string') return Number($number)
    if (typeof $array === 'number') {
      if (arrays[$array] === undefined) throw new SyntaxError(`there is no array ${$array}`)
      return arrays[$array]
    }
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revive(member)]))
  }
  const { arrays: _, ...rest } = header
  return revive(rest) as Record<string, unknown>
}
