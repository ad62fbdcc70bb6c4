import type { NodeSpec } from '../onnx/index.ts'

/** The nodes that the outputs need, in their order. The runtime would run the others too, for their full time. */
export function pruned(nodes: readonly NodeSpec[], outputs: Iterable<string>): NodeSpec[] {
  const needed = new Set(outputs)
  const kept: NodeSpec[] = []
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => name !== '' && needed.has(name))) continue
    kept.push(node)
    for (const name of node.inputs) needed.add(name)
  }
  return kept.reverse()
}
