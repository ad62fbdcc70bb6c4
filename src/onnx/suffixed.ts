import { buildProto, type NodeSpec, type ValueSpec, valueProto } from './build.ts'
import { type Model, withGraph } from './model.ts'
import { freshName, renamed, tensorNames } from './rename.ts'
import type { Numbers } from './values.ts'

/** A few nodes that go on from an output of a network: flattening it, for one. */
export interface Suffix {
  /** Which of its tensors is the output that it goes on from. */
  input: string
  nodes: readonly NodeSpec[]
  constants?: Readonly<Record<string, Numbers>>
  /** What is an output instead. */
  outputs: Readonly<Record<string, ValueSpec>>
}

/**
 * The model with one of its outputs replaced by what `suffix` makes of it. The suffix's outputs keep their names;
 * its other tensors, and any tensor of the model that bears the name of such an output, are renamed where they
 * would collide. Its nodes are read in the model's opset, and are of the standard operators.
 *
 * @throws RangeError when the model has no such output: `withOutputs` first.
 */
export function suffixed(model: Model, outputName: string, suffix: Suffix): Model {
  if (!model.graph.outputs.some(({ name }) => name === outputName)) {
    throw new RangeError(`${model.label} has no output ${outputName}`)
  }
  const taken = tensorNames(model.proto.graph!)
  const moved = new Map<string, string>()
  for (const name of Object.keys(suffix.outputs)) {
    if (taken.has(name)) moved.set(name, freshName(`${name}.inner`, taken))
  }
  for (const name of Object.keys(suffix.outputs)) taken.add(name)
  const graph = renamed(model.proto.graph!, moved)
  const source = moved.get(outputName) ?? outputName

  const made = buildProto({ ...suffix, inputs: {}, opset: model.opset })
  const inner = new Map<string, string>([[suffix.input, source]])
  for (const name of tensorNames(made.graph!)) {
    if (name !== '' && !(name in suffix.outputs)) inner.set(name, freshName(name, taken))
  }
  const after = renamed(made.graph!, inner)
  return withGraph(model, {
    ...graph,
    output: [
      ...graph.output.filter(({ name }) => name !== source),
      ...Object.entries(suffix.outputs).map(([name, value]) => valueProto(name, value)),
    ],
    node: [...graph.node, ...after.node],
    initializer: [...graph.initializer, ...after.initializer],
  })
}
