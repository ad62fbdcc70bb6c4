import { defineCheck } from '../check.ts'
import { difference } from '../difference.ts'

/** Everything that it says and keeps, to the bit. */
export const sameSeed = defineCheck({
  name: 'same-seed',
  promise: 'gives the same bits with the same seed',
  async of(subject) {
    const [a, b] = [await subject.base(), await subject.again()]
    return difference(a.answers, b.answers, 'scores') ?? difference(a.parts, b.parts, 'state')
  },
})
