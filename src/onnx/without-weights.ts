import { valueProto } from './build.ts'
import { type Model, withGraph } from './model.ts'
import { elementType } from './values.ts'

/** Tables that shapes are made of have a few numbers; of weights, only the shape matters. */
const most = 4096

/**
 * The model with its large tables of floats as inputs of their shapes: the same shapes follow from it, and it has next
 * to no bytes. The runtime is told so of networks whose weights alone are over 2 GiB.
 */
export function withoutWeights(model: Model): Model {
  const { initializer, input } = model.proto.graph!
  const weights = initializer.filter(
    ({ dataType, dims }) =>
      elementType(dataType)?.startsWith('float') &&
      dims.reduce((count, dim) => count * Number(dim), 1) > most,
  )
  if (weights.length === 0) return model
  const fed = new Map(
    weights.map(({ name, dataType, dims }) => [
      name,
      valueProto(name, { type: elementType(dataType)!, shape: dims.map(Number) }),
    ]),
  )
  return withGraph(model, {
    initializer: initializer.filter(({ name }) => !fed.has(name)),
    input: [...input.filter(({ name }) => !fed.has(name)), ...fed.values()],
  })
}
