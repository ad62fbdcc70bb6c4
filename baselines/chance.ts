import { defineMethod } from 'streambed'

/**
 * A floor: one of the classes seen so far, uniformly at random.
 *
 * The lot falls once and for all by the image's content: class c scores a hash of (salt, embedding bytes, c), spread
 * evenly over [0, 1), and the highest score wins. So the answer for an image doesn't depend on when or with
 * which others it is asked, and is as uniform among the classes of one task as among all. Two images with the
 * same embedding get the same answer. Reading the embeddings is what makes this floor cost a backbone pass.
 *
 * Expected accuracy  1 / (classes seen).
 * @source None; the reference 1 / K of every paper.
 */
export const chance = defineMethod({
  name: 'chance',
  summary: 'floor: a class seen so far, by lot',
  source: 'no paper; expected accuracy 1 / classes seen',
  needs: { gradients: 'none', memory: 'none' },
  role: 'floor',
  classifiers: { lot: 'scores' },
  options: {},
  start({ backbone, random, count }) {
    const salt = random('lot').below(2 ** 32)
    let classes: number[] = []
    return {
      newClasses(more) {
        for (const label of more) if (!classes.includes(label)) classes.push(label)
      },
      stages: () => [],
      async predict(images) {
        const rows = await backbone.embed(images)
        const words = new Uint32Array(rows.buffer, rows.byteOffset, rows.length)
        const scores = new Float32Array(images.length * classes.length)
        for (let i = 0; i < images.length; i++) {
          let image = salt
          for (let j = i * backbone.dimension; j < (i + 1) * backbone.dimension; j++)
            image = mixed(image ^ words[j])
          classes.forEach((label, k) => {
            // 24 bits, because more do not fit a float32 evenly.
            scores[i * classes.length + k] = (mixed(image ^ mixed(label + 1)) >>> 8) / 2 ** 24
          })
        }
        count(rows.length + scores.length)
        return { lot: scores }
      },
      parts: {
        classes: {
          save: () => Int32Array.from(classes),
          load(state) {
            classes = Array.from(state as Int32Array)
          },
        },
      },
    }
  },
})

/** Every bit of the word moves every bit of the result: the finaliser of MurmurHash3 (Appleby, 2011), after an odd step. */
function mixed(word: number): number {
  let h = (word + 0x9e3779b9) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
