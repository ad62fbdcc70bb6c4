import { StreambedError } from '../error.ts'
import { edited, type Model, type Numbers } from '../onnx/index.ts'

/**
 * The model with other values for some of its weights, shapes included (a head that has grown). All others are shared.
 *
 * @throws no-such-weight, naming the first that the model does not have.
 */
export function withValues(model: Model, values: Readonly<Record<string, Numbers>>): Model {
  for (const name of Object.keys(values)) {
    if (model.graph.initializers.has(name)) continue
    throw new StreambedError('no-such-weight', {
      what: `The network has no weight called "${name}".`,
      where: model.label,
      mend: `It has ${model.graph.initializers.size}; the first are ${[...model.graph.initializers.keys()].slice(0, 5).join(', ')}.`,
    })
  }
  return edited(model, { constants: values })
}
