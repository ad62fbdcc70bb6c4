import { existsSync, readFileSync, rmSync } from 'node:fs'
import { publish } from '../files/index.ts'
import { sha256 } from '../identity/index.ts'
import type { Part, PartState } from '../method/index.ts'
import type { Compute } from '../record/index.ts'
import type { LossSums } from './loss-curve.ts'

/** Where a walk stands: everything needed to go on to the same bits. */
export interface Checkpoint {
  run: string
  cursor: Cursor
  tick: number
  /** Steps by the name of their stage. */
  ticks: Readonly<Record<string, number>>
  /** Losses of the task being learned. */
  losses: LossSums
  compute: Compute
  /** Lines of facts that belong to this state; later ones are lived through again. */
  factLines: number
  /** State of the method's parts by name. */
  parts: { readonly [name: string]: PartState }
  /** Columns of a half-done evaluation by classifier name. */
  answers: PartState
}

/** A place in the agenda. `position` counts images of this epoch, check or evaluation already done. */
export interface Cursor {
  item: number
  stage: number
  epoch: number
  phase: 'learn' | 'check' | 'evaluate'
  position: number
}

export const startCursor: Cursor = { item: 0, stage: 0, epoch: 0, phase: 'learn', position: 0 }

const magic = Buffer.from('streambed checkpoint 1\n')

/**
 * Saves a checkpoint atomically.
 *
 * Layout: a magic line, u32 header length, JSON header in which each typed array is a reference to bytes, the
 * bytes of all arrays, and the SHA-256 of everything before it as 64 hexadecimal digits.
 */
export function saveCheckpoint(path: string, checkpoint: Checkpoint): void {
  publish(path, checkpointPieces(checkpoint))
}

/** The file's bytes, in pieces. */
export function checkpointPieces(checkpoint: Checkpoint): Uint8Array[] {
  const arrays: Uint8Array[] = []
  let offset = 0
  const plain = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      const reference = { $array: value.constructor.name, offset, bytes: bytes.length }
      arrays.push(bytes)
      offset += bytes.length
      return reference
    }
    if (Array.isArray(value)) return value.map(plain)
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) }
    return value
  }
  const header = Buffer.from(JSON.stringify(plain(checkpoint)))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const body = Buffer.concat([magic, length, header, ...arrays])
  return [body, Buffer.from(sha256(body))]
}

/** The checkpoint at `path`, or `undefined` if there is none, it is damaged, or it belongs to another run. */
export function loadCheckpoint(path: string, run: string): Checkpoint | undefined {
  return existsSync(path) ? checkpointOf(readFileSync(path), run) : undefined
}

/** The same from the file's bytes. */
export function checkpointOf(file: Buffer, run: string): Checkpoint | undefined {
  const body = file.subarray(0, -64)
  if (file.length < magic.length + 68 || !body.subarray(0, magic.length).equals(magic)) return undefined
  if (sha256(body) !== file.subarray(-64).toString()) return undefined
  const headerLength = body.readUInt32LE(magic.length)
  const headerStart = magic.length + 4
  const data = body.subarray(headerStart + headerLength)
  const revive = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(revive)
    if (value === null || typeof value !== 'object') return value
    const member = value as Record<string, unknown>
    if (typeof member.$array === 'string') {
      const bytes = Uint8Array.from(
        data.subarray(member.offset as number, (member.offset as number) + (member.bytes as number)),
      )
      return new arrayTypes[member.$array as keyof typeof arrayTypes](bytes.buffer)
    }
    if (typeof member.$number === 'string') return Number(member.$number)
    return Object.fromEntries(Object.entries(member).map(([key, inner]) => [key, revive(inner)]))
  }
  const checkpoint = revive(
    JSON.parse(body.subarray(headerStart, headerStart + headerLength).toString()),
  ) as Checkpoint
  return checkpoint.run === run ? checkpoint : undefined
}

export function dropCheckpoint(path: string): void {
  rmSync(path, { force: true })
}

export function saveParts(parts: Readonly<Record<string, Part>>): Record<string, PartState> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.save()]))
}

export function loadParts(parts: Readonly<Record<string, Part>>, saved: Checkpoint['parts']): void {
  for (const [name, part] of Object.entries(parts)) part.load(saved[name])
}

/** Bytes that a method keeps: its typed arrays as they are, 8 for a number, UTF-8 for a text. */
export function stateBytes(state: PartState): number {
  if (state === null || state === undefined) return 0
  if (typeof state === 'boolean') return 1
  if (typeof state === 'number') return 8
  if (typeof state === 'string') return Buffer.byteLength(state)
  if (ArrayBuffer.isView(state)) return state.byteLength
  return Object.values(state).reduce((sum: number, member) => sum + stateBytes(member as PartState), 0)
}

const arrayTypes = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint16Array, Uint8Array }
