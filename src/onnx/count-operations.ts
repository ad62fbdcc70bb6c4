import { StreambedError } from '../error.ts'
import { called, type Model } from './model.ts'
import { costs, free, type Tensorlike } from './operation-costs.ts'
import type { Shapes } from './with-outputs.ts'

export interface OperationCount {
  /** Floating-point operations of one run at the given shapes; one multiply-add is 2. */
  readonly total: number
  /** Multiply-adds of convolutions and matrix products alone. */
  readonly macs: number
  readonly byNode: readonly { name: string; op: string; flops: number; macs: number }[]
  /** Operators that no convention covers, counted as 0, each named once; empty for ordinary networks. */
  readonly uncounted: readonly string[]
}

/**
 * Counts the operations of one run of a model from the shapes of its tensors (`shapesOf` of the runtime), node by
 * node, by the conventions of `costs`. Every node counts, read or not: prune first (`withOutputs`).
 *
 *   Conv of [1, 3, 8, 8] by [4, 3, 3, 3] with bias to [1, 4, 8, 8]: 2 · 256 · 27 + 256 = 14080
 *
 * @throws onnx-shape-unknown, naming the node, where a needed shape is missing.
 */
export function countOperations(model: Model, shapes: Shapes): OperationCount {
  const byNode: { name: string; op: string; flops: number; macs: number }[] = []
  const uncounted = new Set<string>()
  for (const node of model.graph.nodes) {
    const cost = costs.get(node.op)
    const name = node.name || node.outputs[0]
    if (cost === undefined || (node.op === 'Attention' && node.domain !== '')) {
      uncounted.add(node.domain === '' ? node.op : `${node.domain}.${node.op}`)
      byNode.push({ name, op: node.op, flops: 0, macs: 0 })
      continue
    }
    const look = (tensor: string): Tensorlike | undefined => {
      if (tensor === '') return undefined
      const shape = shapes.get(tensor)
      if (shape === undefined) throw unknownShape(model, called(node), tensor)
      return shape
    }
    const x = cost === free ? [] : node.inputs.map(look)
    const y = cost === free ? [] : node.outputs.slice(0, 1).map(look) // later outputs (masks, statistics) add no operations
    byNode.push({ name, op: node.op, ...cost({ node, x, y }) })
  }
  return {
    total: byNode.reduce((sum, { flops }) => sum + flops, 0),
    macs: byNode.reduce((sum, { macs }) => sum + macs, 0),
    byNode,
    uncounted: [...uncounted],
  }
}

function unknownShape(model: Model, node: string, tensor: string): StreambedError {
  return new StreambedError('onnx-shape-unknown', {
    what: `The operations of ${node} cannot be counted: the shape of "${tensor}" is not known.`,
    where: model.label,
    mend: 'Ask the runtime for the shapes of this very model, or export it with fixed shapes.',
  })
}
