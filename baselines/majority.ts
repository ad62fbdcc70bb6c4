import { defineMethod } from 'streambed'

/**
 * A floor: the class seen most often so far, whatever the image.
 *
 *   p(c) = n_c / N     before the first example, 1 / K
 *
 * Among equally frequent classes the one that appeared first wins. Looks at no image and needs no backbone.
 * @source None; the sanity row of every benchmark.
 */
export const majority = defineMethod({
  name: 'majority',
  summary: 'floor: the most frequent class so far',
  source: 'no paper; the share of the most frequent class',
  needs: { gradients: 'none', embeddings: false, memory: 'none', seeded: false },
  role: 'floor',
  classifiers: { majority: 'probabilities' },
  options: {},
  start({ count }) {
    // A Map keeps its classes in order of appearance, the order of the score columns.
    let seen = new Map<number, number>()
    return {
      newClasses(classes) {
        for (const label of classes) if (!seen.has(label)) seen.set(label, 0)
      },
      stages: () => [
        {
          name: 'count',
          over: { images: 'task', batch: 512, epochs: 1, order: 'canonical' },
          step({ labels }) {
            for (const label of labels) seen.set(label, (seen.get(label) ?? 0) + 1)
            count(labels.length)
          },
        },
      ],
      predict(images) {
        const counts = [...seen.values()]
        const total = counts.reduce((sum, n) => sum + n, 0)
        const shares = counts.map((n) => (total === 0 ? 1 / counts.length : n / total))
        const probabilities = new Float32Array(images.length * shares.length)
        for (let i = 0; i < images.length; i++) probabilities.set(shares, i * shares.length)
        return { majority: probabilities }
      },
      parts: {
        seen: {
          save: () => ({ labels: Int32Array.from(seen.keys()), counts: Float64Array.from(seen.values()) }),
          load(state) {
            const { labels, counts } = state as { labels: Int32Array; counts: Float64Array }
            seen = new Map(Array.from(labels, (label, k) => [label, counts[k]]))
          },
        },
      },
    }
  },
})
