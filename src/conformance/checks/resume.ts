import { chance } from '../../tensor/index.ts'
import { defineCheck } from '../check.ts'
import { difference } from '../difference.ts'

/** Stops by themselves, beside the walk that is stopped everywhere. */
const single = 3

/**
 * In a new learner, from what the parts saved: the record, every score and all that is kept at the end must be those of
 * the walk that never stopped. On a head it is stopped after every step; a whole network takes its time to be made again.
 */
export const resume = defineCheck({
  name: 'resume',
  promise: 'stopped at any place and resumed leaves the record of the run that never stopped',
  after: ['same-seed', 'predicting-changes-nothing'],
  async of(subject) {
    const whole = await subject.base()
    const place = chance('conformance', 'stops')
    const places = Array.from({ length: single }, () => place.below(whole.pauses))
    const routes: [string, (pause: number) => boolean][] = places.map((stop) => [
      `stopped after step ${stop + 1} of ${whole.pauses}`,
      (pause) => pause === stop,
    ])
    if (subject.level === 'embeddings') routes.unshift(['stopped after every step', () => true])
    for (const [how, stops] of routes) {
      const walked = await subject.journey({ stops })
      const found =
        difference(whole.answers, walked.answers, 'scores') ??
        difference(whole.parts, walked.parts, 'state') ??
        difference(whole.facts, walked.facts, 'record')
      if (found !== undefined) return `${how}: ${found}`
    }
  },
})
