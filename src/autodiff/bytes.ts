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
  const nodes = askedOnce(given, outputs).map(named)
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
 * A node that has no name has its first output's. The runtime makes one Reshape of two that follow each other, and
 * calls the new shape after the node: of two such without a name the second would get the first one's shape.
 */
function named(node: NodeSpec): NodeSpec {
  return node.name ? node : { ...node, name: node.outputs.find((name) => name !== '') ?? '' }
}
