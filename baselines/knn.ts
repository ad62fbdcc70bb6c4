import { defineMethod, keptEvenly, keptRows, nearestNeighbours, oneOf } from 'streambed'

/**
 * k nearest neighbours: the classes of the stored embeddings most like an image vote.
 *
 * `distance` is `cosine` or `euclid`. Of classes with equally many votes the one with the nearest example wins. With
 * `keep: all` every embedding is stored, which bounds what a buffer of embeddings can do; with `class-balanced` at most
 * `exemplars` of them, shared equally by the classes, the first of each class in the order of the content hashes, a
 * sample that no seed moves. No training; without a bound the order of tasks does not matter.
 *
 * Keeps  images × (dimension × 4 + 4) bytes.
 * Costs  2 · dimension operations an image and stored embedding, at prediction.
 * @source Nakata et al., "Revisiting a kNN-based Image Classification System with High-capacity Storage", ECCV 2022.
 *   arXiv:2204.01186; k and distance are ours
 */
export const knn = defineMethod({
  name: 'knn',
  summary: 'vote of the nearest stored embeddings',
  source: 'Nakata et al., ECCV 2022, arXiv:2204.01186',
  needs: { gradients: 'none', memory: 'embeddings', seeded: false },
  classifiers: { votes: 'scores' },
  options: { k: 10, distance: 'cosine', keep: 'all', exemplars: 2000 },
  start({ backbone, options, count }) {
    const { dimension } = backbone
    const distance = oneOf('knn › distance', options.distance, {
      cosine: 'cosine',
      euclid: 'euclid',
    } as const)
    const store = oneOf('knn › keep', options.keep, {
      all: () => keptRows(dimension),
      'class-balanced': () => keptEvenly(options.exemplars, dimension),
    })()
    const neighbours = nearestNeighbours({ dimension, k: options.k, distance, store, count })
    return {
      newClasses: neighbours.grow,
      stages: () => [
        {
          name: 'store',
          over: { images: 'task', batch: 512, epochs: 1, order: 'canonical' },
          async step({ images, labels }) {
            neighbours.add(await backbone.embed(images), labels)
          },
        },
      ],
      predict: async (images) => ({ votes: await neighbours.scores(await backbone.embed(images)) }),
      parts: { neighbours },
    }
  },
})
