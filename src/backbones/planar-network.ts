import { type Model, type NodeSpec, prefixed, suffixed } from '../onnx/index.ts'
import { embeddingGraph, networkInput } from './graph.ts'
import type { Backbone } from './passport.ts'

/**
 * The network of a backbone with one kind of input and output, whatever its own are: one input of float32
 * [batch, 3, height, width] (in the network's own scale and order of colours), and one output `embedding` of
 * float32 [batch, dimension].
 */
export async function planarNetwork(backbone: Pick<Backbone, 'passport' | 'path'>): Promise<Model> {
  const { input, embedding } = backbone.passport
  const model = await embeddingGraph(backbone)
  const { layout, type } = networkInput(model, input.name)
  const nodes: NodeSpec[] = []
  let at = 'picture'
  if (layout === 'nhwc') {
    nodes.push({ op: 'Transpose', inputs: [at], outputs: ['laid'], attributes: { perm: [0, 2, 3, 1] } })
    at = 'laid'
  }
  if (type !== 'float32') {
    nodes.push({
      op: 'Cast',
      inputs: [at],
      outputs: ['cast'],
      attributes: { to: type === 'float16' ? 10 : 11 },
    })
    at = 'cast'
  }
  const shape = ['batch', 3, input.height, input.width]
  const fed =
    nodes.length === 0
      ? model
      : prefixed(model, input.name, { inputs: { picture: { type: 'float32', shape } }, nodes, output: at })
  return suffixed(fed, fed.graph.outputs[0].name, {
    input: 'made',
    nodes: [
      { op: 'Cast', inputs: ['made'], outputs: ['real'], attributes: { to: 1 } },
      { op: 'Flatten', inputs: ['real'], outputs: ['embedding'], attributes: { axis: 1 } },
    ],
    outputs: { embedding: { type: 'float32', shape: ['batch', embedding.dimension] } },
  })
}
