import type { Learner, PartState } from '../method/index.ts'

/** A copy of every part's state, by name. */
export function savedParts({ parts }: Learner): Record<string, PartState> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, structuredClone(part.save())]))
}
