import { countOperations } from '../onnx/index.ts'
import { shapesOf } from '../runtime/index.ts'
import { embeddingGraph, openDimensions } from './graph.ts'
import type { Backbone } from './passport.ts'

/**
 * Floating-point operations of one picture's embedding: the network from its own input to the embedding, and what
 * the embedding doesn't need left out. Resizing and scaling before the network are not in it, so that the figure is
 * the one that papers give. One multiply-add is 2; the other conventions are `countOperations`'.
 */
export async function flopsPerImage(backbone: Pick<Backbone, 'passport' | 'path'>): Promise<number> {
  const model = await embeddingGraph(backbone)
  const { total } = countOperations(
    model,
    await shapesOf(model, openDimensions(model, backbone.passport.input, 1)),
  )
  return total
}
