import type { PartState } from '../method/index.ts'
import { WireArray } from './frames.ts'

/** State as a checkpoint keeps it: an array is its kind, its shape, and its numbers (bytes where we have none such). */
export function kept(value: unknown): PartState {
  if (value instanceof WireArray) {
    return { $dtype: value.dtype, shape: Int32Array.from(value.shape), data: value.data }
  }
  if (Array.isArray(value)) return value.map(kept)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, kept(member)]))
  }
  return value as PartState
}

/** … and as it goes back. */
export function sent(state: PartState): unknown {
  if (Array.isArray(state)) return state.map(sent)
  if (state === null || typeof state !== 'object' || ArrayBuffer.isView(state)) return state
  const { $dtype, shape, data } = state as Record<string, PartState>
  if (typeof $dtype === 'string') {
    return new WireArray($dtype, [...(shape as Int32Array)], data as Uint8Array)
  }
  return Object.fromEntries(Object.entries(state).map(([key, member]) => [key, sent(member)]))
}
