import { embeddingNetwork } from '../learner/index.ts'
import type { Backbone } from './method.ts'

/**
 * The same backbone as a source of networks that are a head and nothing else: their rows are features, [n × dimension],
 * wherever those come from. `rows` gives the embeddings of the frozen backbone.
 */
export function onFeatures(backbone: Backbone): Backbone {
  const { dimension } = backbone
  return {
    ...backbone,
    rowSize: dimension,
    rows: (images) => backbone.embed(images),
    base: {
      ...backbone.base,
      level: 'embeddings',
      model: async () => embeddingNetwork(dimension),
      fronts: undefined,
      picture: undefined,
      input: undefined,
    },
  }
}
