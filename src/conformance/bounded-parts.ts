import type { ExemplarBuffer, Part } from '../method/index.ts'

/** A part that holds so many exemplars, and never more than so many. */
export type BoundedPart = Part & Pick<ExemplarBuffer, 'capacity' | 'length'>

export function boundedParts(parts: Readonly<Record<string, Part>>): Record<string, BoundedPart> {
  return Object.fromEntries(
    Object.entries(parts).filter((entry): entry is [string, BoundedPart] => {
      const { capacity, length } = entry[1] as Partial<BoundedPart>
      return typeof capacity === 'number' && typeof length === 'number'
    }),
  )
}
