import type { NodeSpec } from '../onnx/index.ts'

/**
 * The same graph without nodes that do over what another does. A gradient rule that needs more of a forward node than
 * the network asked for (which pixel won in a MaxPool) runs it again with more outputs; the runtime merges only nodes
 * that are equal in everything, so the first is asked for all of it here.
 *
 * @param outputs names that are to stay: the graph's own
 */
export function askedOnce(nodes: readonly NodeSpec[], outputs: Iterable<string>): readonly NodeSpec[] {
  const kept = new Set(outputs)
  const several = new Set(nodes.filter((node) => node.outputs.length > 1).map(({ op }) => op))
  const first = new Map<string, number>()
  const found: (NodeSpec | undefined)[] = [...nodes]
  const now = new Map<string, string>()
  for (const [index, node] of nodes.entries()) {
    if (!several.has(node.op)) continue
    const key = keyOf(node)
    const at = first.get(key)
    const known = at === undefined ? undefined : found[at]
    if (at === undefined || known === undefined) {
      first.set(key, index)
      continue
    }
    if (known.outputs.length === node.outputs.length) continue
    const doubled = node.outputs.filter((name, place) => name !== '' && (known.outputs[place] ?? '') !== '')
    if (doubled.some((name) => kept.has(name))) continue
    const length = Math.max(known.outputs.length, node.outputs.length)
    const together = Array.from({ length }, (_, place) => known.outputs[place] || node.outputs[place] || '')
    for (const [place, name] of node.outputs.entries()) if (name !== '') now.set(name, together[place])
    found[at] = { ...known, outputs: together }
    found[index] = undefined
  }
  if (now.size === 0) return nodes
  return found
    .filter((node) => node !== undefined)
    .map((node) => ({ ...node, inputs: node.inputs.map((name) => now.get(name) ?? name) }))
}

function keyOf({ op, domain = '', inputs, attributes = {} }: NodeSpec): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([op, domain, inputs, sorted], (_, value) =>
    typeof value === 'bigint' ? Number(value) : value,
  )
}
