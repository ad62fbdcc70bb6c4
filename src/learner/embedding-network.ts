import { buildModel, type Model, readModel } from '../onnx/index.ts'

/**
 * The network that does nothing: `rows` [batch, dimension] float32 in, `features` the same out. A learner on it is its
 * head alone, on embeddings from anywhere.
 */
export function embeddingNetwork(dimension: number): Model {
  const shape = ['batch', dimension]
  return readModel(
    buildModel({
      name: 'embeddings',
      inputs: { rows: { type: 'float32', shape } },
      outputs: { features: { type: 'float32', shape } },
      nodes: [{ op: 'Identity', inputs: ['rows'], outputs: ['features'] }],
    }),
    `embeddings of ${dimension} numbers`,
  )
}
