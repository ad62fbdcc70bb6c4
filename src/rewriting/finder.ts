import type { Model } from '../onnx/index.ts'
import { shapesOf } from '../runtime/index.ts'
import type { Vit } from './anatomy.ts'
import type { Finder } from './find-parts.ts'
import { viewOf } from './view.ts'

/** A graph that can be walked, with the shapes of its tensors for a batch of one. */
export async function finderOf(model: Model, dims: Readonly<Record<string, number>> = {}): Promise<Finder> {
  const shapes = await shapesOf(model, { ...dims, batch: 1 })
  return { ...viewOf(model), shapes, dims: (tensor) => shapes.get(tensor)?.dims ?? [] }
}

/** The same for a rewritten model, at the size of picture that its blocks were found with. */
export function finderLike(model: Model, vit: Vit): Promise<Finder> {
  const found = vit.shapes.get(vit.input)!.dims
  const declared = model.graph.inputs.find(({ name }) => name === vit.input)!.shape ?? []
  const named = declared.flatMap((dim, axis) =>
    typeof dim === 'string' ? [[dim, found[axis]] as const] : [],
  )
  return finderOf(model, Object.fromEntries(named))
}
