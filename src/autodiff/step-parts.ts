import type { NodeSpec, Numbers } from '../onnx/index.ts'
import type { Parts } from './bytes.ts'
import type { Network, Ref } from './network.ts'
import type { Pen } from './pen.ts'
import { pruned } from './prune.ts'

/** Gives tensors that a pen made the names of outputs; others, and those that have one, are copied. */
export function exposing(pen: Pen) {
  const names = new Map<string, string>()
  return {
    names,
    as(wanted: string, ref: Ref): string {
      const name = pen.fresh(wanted)
      const isOurs = pen.nodes.some(({ outputs }) => outputs.includes(ref.name)) && !names.has(ref.name)
      const source = isOurs ? ref : pen.emit.call('Identity', [ref], [{ dims: ref.dims }])[0]
      names.set(source.name, name)
      return name
    },
  }
}

/** Everything that the outputs need, with the tensors under the names that they were given. */
export function assembled(
  network: Network,
  pen: Pen,
  inputs: readonly Ref[],
  outputs: readonly string[],
  names: ReadonlyMap<string, string>,
): Parts {
  const nodes = pruned([...network.nodes, ...pen.nodes.map((node) => renamed(node, names))], outputs)
  const read = new Set([...nodes.flatMap((node) => node.inputs), ...outputs])
  const constants = new Map<string, Numbers>(
    [...network.constants, ...pen.constants].filter(([name]) => read.has(name)),
  )
  const shapes = withNames(new Map([...network.shapes, ...pen.shapes]), names)
  return { inputs: inputs.filter(({ name }) => read.has(name)), outputs, nodes, constants, shapes }
}

/** A node that reads and makes tensors under other names. */
export function renamed(node: NodeSpec, names: ReadonlyMap<string, string>): NodeSpec {
  const called = (name: string) => names.get(name) ?? name
  return { ...node, inputs: node.inputs.map(called), outputs: node.outputs.map(called) }
}

/** The same shapes, under other names. */
export function withNames(shapes: Map<string, Ref>, names: ReadonlyMap<string, string>): Map<string, Ref> {
  for (const [old, name] of names) {
    shapes.set(name, { ...shapes.get(old)!, name })
    shapes.delete(old)
  }
  return shapes
}
