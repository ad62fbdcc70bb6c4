import { StreambedError } from '../error.ts'
import { edited, type Model, withOutputs, writeModel } from '../onnx/index.ts'
import { type Mask, withValues } from '../rewriting/index.ts'
import type { Tensor } from '../tensor/index.ts'
import type { Memory } from './memory.ts'
import type { Networks } from './networks.ts'

/**
 * The bytes of the network as it is now: the model that the learner was made from, with its head, today's weights and
 * running statistics in their old places, and nothing dropped. Weights that were Constant nodes become initializers,
 * which mean the same.
 *
 * @throws export-half-precision for a network stored in float16, whose weights are trained in float32
 */
export function exported(
  { model, head }: Networks,
  { entries, weights }: Memory,
  statistics: ReadonlyMap<string, Tensor>,
  masks: readonly Mask[] = [],
): Uint8Array {
  const now = entries.map(({ ref: { name } }, i) => [name, weights.now(i)] as const)
  refuseHalf(model, [...now.map(([name]) => name), ...statistics.keys()])
  const inHead = now.filter(([name]) => head.has(name))
  const grown = inHead.length === 0 ? model : withValues(model, Object.fromEntries(inHead))
  const constants = Object.fromEntries([...now.filter(([name]) => !head.has(name)), ...statistics])
  const one = freshName(model, 'nothing.dropped')
  const masked = new Set(masks.map(({ name }) => name))
  const nodes = grown.graph.nodes
    .filter(({ op, outputs }) => op !== 'Constant' || !(outputs[0] in constants))
    .map((node) =>
      node.inputs.some((name) => masked.has(name))
        ? { ...node, inputs: node.inputs.map((name) => (masked.has(name) ? one : name)) }
        : node,
    )
  if (masked.size > 0) constants[one] = { type: 'float32', dims: [], data: Float32Array.of(1) }
  const whole = edited(grown, { nodes, constants })
  return writeModel(
    withOutputs(
      whole,
      whole.graph.outputs.map(({ name }) => name),
    ),
  )
}

function refuseHalf(model: Model, names: readonly string[]) {
  const half = names.find((name) => model.graph.initializers.get(name)?.dataType === 10) // FLOAT16
  if (half === undefined) return
  throw new StreambedError('export-half-precision', {
    what: `The weight ${half} was read as float16 and trained as float32; the file around it computes in float16.`,
    where: model.label,
    mend: 'Export the network in float32 to begin with, where the adapted network is wanted as a file.',
  })
}

function freshName({ graph }: Model, wanted: string): string {
  const taken = new Set([...graph.initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)])
  let name = wanted
  for (let n = 2; taken.has(name); n++) name = `${wanted}.${n}`
  return name
}
