import { defineCheck } from '../check.ts'
import { difference } from '../difference.ts'

/** A method that says it has no seed is run once in a suite, and its row has no spread: it must be so. */
export const anotherSeed = defineCheck({
  name: 'another-seed',
  promise: 'depends on its seed exactly if it says so (needs.seeded)',
  after: ['same-seed'],
  async of(subject) {
    const [a, b] = [await subject.base(), await subject.journey({ seed: 2 })]
    const other = difference(a.answers, b.answers, 'scores')
    const { seeded = true } = subject.method.needs
    if (seeded) return other === undefined ? 'another seed gives the same scores, to the bit' : undefined
    return other && `needs.seeded is false, and another seed gives other scores (${other})`
  },
})
