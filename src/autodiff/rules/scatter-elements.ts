import { defineRule } from '../rule.ts'
import { zeros } from '../zeros.ts'

/**
 * Y = X with `updates` put (or added) at `indices` along `axis`
 *
 * put      dX = dY with zeros at the indices     d updates = dY at the indices
 * added    dX = dY                               d updates = dY at the indices
 * Where an index occurs twice and updates are put, ONNX does not say which is kept; neither does this.
 * @throws unsupported-gradient, naming the node, for the reductions mul, max and min.
 * @source ONNX ScatterElements-18.
 */
export const scatterElements = defineRule(
  'ScatterElements',
  ({ inputs: [, indices, updates], dY, emit, attribute, refuse }) => {
    const reduction = attribute<string>('reduction', 'none')
    if (reduction !== 'none' && reduction !== 'add') return refuse(`its reduction is ${reduction}`)
    const axis = attribute('axis', 0)
    const [cleared] =
      reduction === 'add'
        ? [dY]
        : emit.call('ScatterElements', [dY, indices, zeros(emit, updates!.dims)], [{ dims: dY.dims }], {
            axis,
          })
    const [dUpdates] = emit.call('GatherElements', [dY, indices], [{ dims: updates!.dims }], { axis })
    return [cleared, undefined, dUpdates]
  },
)
