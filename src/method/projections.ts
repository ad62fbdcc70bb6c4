import { channel } from 'node:diagnostics_channel'

/** A gradient that was made to go along with others. */
export interface Projected {
  /** g̃, which is followed. */
  readonly gradient: Float32Array
  /** g_k: g̃ · g_k ≥ 0 is promised of each, or … */
  readonly references: readonly Float32Array[]
  /** … at least −slack, where the equations themselves give way; 0 for each unless said. */
  readonly slack: readonly number[]
}

/**
 * Where a part that projects gradients says what it did, for whoever wants to know: `streambed verify` does. Costs nothing
 * while nobody listens. `if (projections.hasSubscribers) projections.publish({ gradient, references, slack: [] })`.
 */
export const projections = channel('streambed:projections')

/** Publishes it and gives the gradient back. */
export function projected(of: Projected): Float32Array {
  if (projections.hasSubscribers) projections.publish(of)
  return of.gradient
}
