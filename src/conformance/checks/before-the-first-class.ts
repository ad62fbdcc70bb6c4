import { imagesOf } from '../../protocol/index.ts'
import { defineCheck } from '../check.ts'

/** A prequential stream asks before anything has been learned. */
export const beforeTheFirstClass = defineCheck({
  name: 'before-the-first-class',
  promise: 'answers, in no class at all, before any has appeared',
  async of(subject) {
    const { learner } = await subject.learner()
    const scores = await learner.predict(imagesOf('test', Uint32Array.of(0, 1, 2)))
    const some = Object.entries(scores).find(([, of]) => of.length > 0)
    return some && `${some[0]}: ${some[1].length} scores before there is a class`
  },
})
