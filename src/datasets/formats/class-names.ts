import { StreambedError } from '../../error.ts'
import type { Split } from '../dataset.ts'

/** The order of class names and paths: by their UTF-8 bytes, the same in every language and on every system. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/**
 * A class is learned and evaluated, or it is not there.
 *
 * @param called what the two splits are called in words. @param where the place where a split lacks something.
 * @throws class-not-in-both
 */
export function refuseUnequal(
  found: Record<Split, ReadonlyMap<string, unknown>>,
  called: Record<Split, string>,
  where: (lacks: Split) => string,
): void {
  for (const [has, lacks] of [
    ['train', 'test'],
    ['test', 'train'],
  ] as const) {
    const only = [...found[has].keys()].filter((name) => !found[lacks].has(name))
    if (only.length === 0) continue
    const shown = only.slice(0, 5).map((name) => `“${name}”`)
    const rest = only.length > 5 ? ` and ${only.length - 5} more` : ''
    throw new StreambedError('class-not-in-both', {
      what: `${only.length === 1 ? 'The class' : 'The classes'} ${shown.join(', ')}${rest} ${only.length === 1 ? 'is' : 'are'} in ${called[has]} but not in ${called[lacks]}.`,
      where: where(lacks),
      mend: `Add ${only.length === 1 ? 'it' : 'them'} there, or take ${only.length === 1 ? 'it' : 'them'} out of ${called[has]}.`,
    })
  }
}

/** Labels are stored in two bytes. */
export function refuseTooManyClasses(classes: readonly string[], where: string): void {
  if (classes.length <= 65_535) return
  throw new StreambedError('too-many-classes', {
    what: `Here are ${classes.length.toLocaleString('en-US')} classes; at most 65,535 are counted.`,
    where,
    mend: 'Split them into several datasets.',
  })
}
