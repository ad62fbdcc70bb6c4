import type { Learner } from '../../method/index.ts'
import { bytesOf } from '../../method/index.ts'
import { defineCheck } from '../check.ts'

/** What a part says of itself in a report must be what a checkpoint of it takes. */
export const stateBytes = defineCheck({
  name: 'state-bytes',
  promise: 'keeps as many bytes as its parts say',
  eye: () => ({ asked: ({ learner }) => wrong(learner), finished: wrong }),
})

function wrong({ parts }: Learner): string | undefined {
  for (const [name, part] of Object.entries(parts)) {
    if (!('bytes' in part) || typeof part.bytes !== 'function') continue
    const [said, saved] = [part.bytes(), bytesOf(part.save())]
    if (said !== saved) return `${name} says ${said} bytes, and saves ${saved}`
  }
}
