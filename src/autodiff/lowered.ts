import type { NodeSpec } from '../onnx/index.ts'
import { foldedConv } from './folded-conv.ts'
import type { Lower, Lowering } from './lowering.ts'
import type { Network } from './network.ts'
import { penFor } from './pen.ts'
import { pruned } from './prune.ts'
import { namingShapes } from './shape-errors.ts'
import { spelledBatchNorm } from './spelled-batch-norm.ts'
import { spelledResize } from './spelled-resize.ts'
import { splitProducts } from './split-products.ts'

/**
 * The same network in forms that are cheaper to differentiate. A frozen BatchNormalization that a Conv alone feeds
 * is folded into its kernel, in the graph, so that both can still be trained. In training mode it is spelt out,
 * with the statistics of the batch in `statistics` and a virtual node that gives it one gradient. A cubic Resize
 * becomes products. A product that is cut into parts becomes a product a part.
 */
export function lowered(network: Network, { batchNorm }: { batchNorm: 'frozen' | 'training' }): Network {
  const pen = penFor(network)
  const lowers = new Map<string, Lower>([
    ['BatchNormalization', batchNorm === 'training' ? spelledBatchNorm : foldedConv],
    ['Resize', spelledResize],
    ['Split', splitProducts],
  ])
  const lowerings = new Map<NodeSpec, Lowering>()
  for (const node of network.nodes) {
    const lower = (node.domain ?? '') === '' ? lowers.get(node.op) : undefined
    if (lower === undefined) continue
    const lowering = namingShapes(node, network.label, () => lower(node, network, pen))
    if (lowering !== undefined) lowerings.set(node, lowering)
  }
  if (lowerings.size === 0) return network
  const all = [...lowerings.values()]
  const statistics = all.flatMap((lowering) => lowering.statistics ?? [])
  const nodes = pruned(
    network.nodes.flatMap((node) => lowerings.get(node)?.nodes ?? [node]),
    [...network.outputs, ...statistics.flatMap(({ mean, variance }) => [mean, variance])],
  )
  const read = new Set(nodes.flatMap(({ inputs }) => inputs))
  const named = new Set([...read, ...nodes.flatMap(({ outputs }) => outputs)])
  const running = new Set(statistics.flatMap((of) => [of.runningMean, of.runningVariance]))
  return {
    ...network,
    inputs: network.inputs.filter(({ name }) => read.has(name) || !running.has(name)),
    nodes,
    constants: new Map([...network.constants, ...pen.constants].filter(([name]) => read.has(name))),
    shapes: new Map([...network.shapes, ...[...pen.shapes].filter(([name]) => named.has(name))]),
    virtual: [...(network.virtual ?? []), ...all.flatMap((lowering) => lowering.virtual ?? [])],
    statistics: [...(network.statistics ?? []), ...statistics],
  }
}
