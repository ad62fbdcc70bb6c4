import { StreambedError } from '../error.ts'
import type { NodeSpec, Numbers } from '../onnx/index.ts'
import { upgrades } from './upgrades.ts'

/** What the upgrade of one node may ask for and write. */
export interface UpgradeContext {
  /** The opset that the node was written for. */
  readonly opset: number
  /** A table that the upgraded node reads; its name. */
  constant(numbers: Numbers): string
  /** A name for a tensor that the upgraded nodes hand on. */
  fresh(wanted: string): string
  /** Shape of a tensor of the graph as it was read. */
  dims(tensor: string): readonly number[]
  /** Whether a node reads the tensor, or it is an output of the graph. */
  isRead(tensor: string): boolean
  refuse(what: string): never
}

/** The version of the standard operators that everything is rewritten to. */
export const ourOpset = 20

export interface UpgradeInput {
  readonly label: string
  readonly opset: number
  readonly nodes: readonly NodeSpec[]
  readonly constants: ReadonlyMap<string, Numbers>
  readonly outputs: readonly string[]
  readonly dims: (tensor: string) => readonly number[]
}

/**
 * The nodes of a graph of opset 11 … 26 as nodes of opset 20 that compute the same. Constant nodes become tables,
 * Dropout and other nodes that hand on what they read vanish, BatchNormalization forgets that it was exported in
 * training mode (whether it trains is the caller's to say).
 *
 * @throws onnx-cannot-upgrade, naming the node that means something else in every newer opset, or is too new
 */
export function upgraded(graph: UpgradeInput): { nodes: NodeSpec[]; constants: Map<string, Numbers> } {
  const constants = new Map(graph.constants)
  const taken = new Set([
    ...constants.keys(),
    ...graph.nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
  ])
  const read = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs])
  const outputs = new Set(graph.outputs)
  const alias = new Map<string, string>()
  const nodes: NodeSpec[] = []

  const fresh = (wanted: string) => {
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted}.${n}`
    taken.add(name)
    return name
  }

  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map((name) => alias.get(name) ?? name) }
    const context: UpgradeContext = {
      opset: graph.opset,
      fresh,
      dims: graph.dims,
      isRead: (tensor) => read.has(tensor),
      constant(numbers) {
        const name = fresh(`${node.outputs[0]}.${node.op}`)
        constants.set(name, numbers)
        return name
      },
      refuse(what) {
        throw new StreambedError('onnx-cannot-upgrade', {
          what: `${node.op} ${node.name || `→ ${node.outputs[0]}`} of opset ${graph.opset} ${what}.`,
          where: graph.label,
          mend: 'Export the network again with opset 17: torch.onnx.export(network, example, path, opset_version=17).',
        })
      },
    }
    const upgrade = (node.domain ?? '') === '' ? upgrades.get(node.op) : undefined
    for (const made of upgrade === undefined ? [node] : upgrade(node, context)) {
      if (made.op === 'Constant') constants.set(made.outputs[0], made.attributes?.value as Numbers)
      else if (made.op === 'Identity' && !outputs.has(made.outputs[0]))
        alias.set(made.outputs[0], made.inputs[0])
      else nodes.push(made)
    }
  }
  return { nodes, constants }
}
