import type { Chance } from '../tensor/index.ts'
import type { Part, PartState } from './method.ts'

/** Adds to a run's operations, one multiply-add being 2; `Start.count` is one. */
export type Count = (operations: number) => void

/** A part that says how much it keeps. */
export interface MeasuredPart extends Part {
  /** Bytes of what `save` gives: what this part costs a device that stops and goes on. */
  bytes(): number
}

/** Bytes of a saved state: arrays by their elements, a number 8, a boolean 1, a text its UTF-8, names nothing. */
export function bytesOf(state: PartState): number {
  if (state === null) return 0
  if (typeof state === 'boolean') return 1
  if (typeof state === 'number') return 8
  if (typeof state === 'string') return Buffer.byteLength(state)
  if (ArrayBuffer.isView(state)) return state.byteLength
  const members = Array.isArray(state) ? state : Object.values(state)
  return members.reduce((sum: number, member) => sum + bytesOf(member), 0)
}

/** What `Chance.save` gives, as plain state. */
export function chanceState(chance: Chance): PartState {
  const { state, spare } = chance.save()
  return { state, spare }
}
