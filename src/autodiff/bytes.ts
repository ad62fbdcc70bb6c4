import { buildModel, type NodeSpec, type Numbers } from '../onnx/index.ts'
import { askedOnce } from './asked-once.ts'
import type { Ref } from './network.ts'

/** What a model file is written from; a `Network` is one. */
export interface Parts {
  readonly inputs: readonly Ref[]
  readonly outputs: readonly string[]
  readonly nodes: readonly NodeSpec[]
  readonly constants: ReadonlyMap<string, Numbers>
  readonly shapes: ReadonlyMap<string, Ref>
}

/** The bytes of a model file that the runtime loads; constants that no node reads are left out. */
export function bytesOf({ inputs, outputs, nodes: given, constants, shapes }: Parts): Uint8Array {
  const nodes = named(askedOnce(given, outputs))
  const read = new Set([...nodes.flatMap((node) => node.inputs), ...outputs])
  const declared = (ref: Ref) => [ref.name, { type: ref.type, shape: ref.dims }] as const
  return buildModel({
    name: 'streambed',
    inputs: Object.fromEntries(inputs.map(declared)),
    outputs: Object.fromEntries(
      outputs.map((name) => {
        const ref = shapes.get(name)
        if (ref === undefined) throw new RangeError(`no tensor is called ${name}`)
        return declared(ref)
      }),
    ),
    nodes,
    constants: Object.fromEntries([...constants].filter(([name]) => read.has(name))),
  })
}

/**
 * Nodes that have no name get one of their first output. The runtime makes one Reshape of two that follow each other,
 * and calls the new shape after the node: of two such without a name the second would get the first one's shape. It
 * also calls what it fuses after outputs, so that such a name may be taken.
 */
function named(nodes: readonly NodeSpec[]): NodeSpec[] {
  const taken = new Set(nodes.flatMap(({ name }) => (name ? [name] : [])))
  return nodes.map((node) => {
    if (node.name) return node
    const wanted = node.outputs.find((name) => name !== '') ?? ''
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted}.${n}`
    taken.add(name)
    return { ...node, name }
  })
}
