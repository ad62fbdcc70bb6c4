import { defineRule } from '../rule.ts'
import { zeros } from '../zeros.ts'

/**
 * Y = X with the rows `updates` put (or added) at `indices`
 *
 * put      dX = dY with zeros at the indices     d updates = dY at the indices
 * added    dX = dY                               d updates = dY at the indices
 * Where an index occurs twice and updates are put, ONNX does not say which is kept; neither does this.
 * @throws unsupported-gradient, naming the node, for the reductions mul, max and min.
 * @source ONNX ScatterND-18.
 */
export const scatterNd = defineRule(
  'ScatterND',
  ({ inputs: [, indices, updates], dY, emit, attribute, refuse }) => {
    const reduction = attribute<string>('reduction', 'none')
    if (reduction !== 'none' && reduction !== 'add') return refuse(`its reduction is ${reduction}`)
    const [cleared] =
      reduction === 'add'
        ? [dY]
        : emit.call('ScatterND', [dY, indices, zeros(emit, updates!.dims)], [{ dims: dY.dims }])
    const [dUpdates] = emit.call('GatherND', [dY, indices], [{ dims: updates!.dims }])
    return [cleared, undefined, dUpdates]
  },
)
