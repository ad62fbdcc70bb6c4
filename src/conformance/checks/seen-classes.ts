import { defineCheck } from '../check.ts'

/** One row an image, one column a class seen, under the names that it declared; probabilities add up to 1. */
export const seenClasses = defineCheck({
  name: 'seen-classes',
  promise: 'scores every class seen and no other, by the names of its classifiers',
  errors: ['scores-shape'],
  eye: ({ method: { classifiers } }) => ({
    async asked({ learner, images, scores, seen, pick }) {
      const [named, given] = [Object.keys(classifiers), Object.keys(scores)]
      if (named.join() !== given.join())
        return `it declares ${named.join(', ')}, and gives ${given.join(', ')}`
      for (const [name, of] of Object.entries(scores)) {
        if (of.length !== images.length * seen.length)
          return `${name}: ${of.length} scores, not ${images.length} × ${seen.length}`
        if (classifiers[name] !== 'probabilities') continue
        for (let i = 0; i < of.length; i += seen.length) {
          const sum = of.subarray(i, i + seen.length).reduce((a, b) => a + b)
          if (Math.abs(sum - 1) > 1e-4) return `${name}: probabilities of an image add up to ${sum}`
        }
      }
      const none = Object.entries(await learner.predict(pick([]))).find(([, of]) => of.length > 0)
      return none && `${none[0]}: scores of no image at all`
    },
  }),
})
