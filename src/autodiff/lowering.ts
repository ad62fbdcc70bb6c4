import type { NodeSpec } from '../onnx/index.ts'
import type { BatchStatistics, Network, VirtualNode } from './network.ts'
import type { Pen } from './pen.ts'
import { renamed } from './step-parts.ts'

/** Nodes that take the place of one, and what comes with them. */
export interface Lowering {
  readonly nodes: readonly NodeSpec[]
  readonly virtual?: VirtualNode
  readonly statistics?: BatchStatistics
}

/** Writes one node in another form; nothing where its own form is the best. */
export type Lower = (node: NodeSpec, network: Network, pen: Pen) => Lowering | undefined

/** What `write` writes, its result under the name that the rest of the network reads. */
export function inPlaceOf(node: NodeSpec, pen: Pen, write: () => { name: string }): NodeSpec[] {
  const start = pen.nodes.length
  const made = write().name
  pen.shapes.delete(made) // nothing bears that name now
  return pen.nodes.slice(start).map((written) => renamed(written, new Map([[made, node.outputs[0]]])))
}
