import type { Slots } from './slots.ts'

/** The filled slots of each class, classes in the order in which they first occur. */
export function slotsByClass({ labels, length }: Slots): Map<number, number[]> {
  const classes = new Map<number, number[]>()
  for (let slot = 0; slot < length; slot++) {
    const own = classes.get(labels[slot])
    if (own) own.push(slot)
    else classes.set(labels[slot], [slot])
  }
  return classes
}

/** Of the class that has most, the first of these where there are several. */
export function largestOf(classes: ReadonlyMap<number, readonly number[]>): readonly number[] {
  return [...classes.values()].reduce((largest, own) => (own.length > largest.length ? own : largest))
}
