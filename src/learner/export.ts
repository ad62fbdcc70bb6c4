import { edited, writeModel } from '../onnx/index.ts'
import { withValues } from '../rewriting/index.ts'
import type { Tensor } from '../tensor/index.ts'
import type { Memory } from './memory.ts'
import type { Networks } from './networks.ts'

/**
 * The bytes of the network as it is now: the model that the learner was made from, with its head, today's weights and
 * running statistics in their old places. Weights that were Constant nodes become initializers, which mean the same.
 */
export function exported(
  { model, head }: Networks,
  { entries, weights }: Memory,
  statistics: ReadonlyMap<string, Tensor>,
): Uint8Array {
  const now = entries.map(({ ref: { name } }, i) => [name, weights.now(i)] as const)
  const inHead = now.filter(([name]) => head.has(name))
  const grown = inHead.length === 0 ? model : withValues(model, Object.fromEntries(inHead))
  const constants = Object.fromEntries([...now.filter(([name]) => !head.has(name)), ...statistics])
  const nodes = grown.graph.nodes.filter(({ op, outputs }) => op !== 'Constant' || !(outputs[0] in constants))
  return writeModel(edited(grown, { nodes, constants }))
}
