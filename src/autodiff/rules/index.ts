import type { Rule } from '../rule.ts'
import { withoutGradient } from '../without-gradient.ts'
import { concat } from './concat.ts'
import { cumSum } from './cum-sum.ts'
import { depthToSpace } from './depth-to-space.ts'
import { expand } from './expand.ts'
import { flatten } from './flatten.ts'
import { gather } from './gather.ts'
import { gatherElements } from './gather-elements.ts'
import { gatherNd } from './gather-nd.ts'
import { pad } from './pad.ts'
import { reshape } from './reshape.ts'
import { resize } from './resize.ts'
import { scatterElements } from './scatter-elements.ts'
import { scatterNd } from './scatter-nd.ts'
import { slice } from './slice.ts'
import { spaceToDepth } from './space-to-depth.ts'
import { split } from './split.ts'
import { squeeze } from './squeeze.ts'
import { tile } from './tile.ts'
import { topK } from './top-k.ts'
import { transpose } from './transpose.ts'
import { trilu } from './trilu.ts'
import { unsqueeze } from './unsqueeze.ts'

/** The shelf: one operator a file. */
const shelf: readonly Rule[] = [
  concat,
  cumSum,
  depthToSpace,
  expand,
  flatten,
  gather,
  gatherElements,
  gatherNd,
  pad,
  reshape,
  resize,
  scatterElements,
  scatterNd,
  slice,
  spaceToDepth,
  split,
  squeeze,
  tile,
  topK,
  transpose,
  trilu,
  unsqueeze,
  ...withoutGradient,
]

/** Every rule by `domain:op`; the standard domain is ''. */
export const rules: ReadonlyMap<string, Rule> = new Map(
  shelf.map((rule) => [`${rule.domain}:${rule.op}`, rule]),
)

/** The gradient of an operator; `undefined` for one without. */
export function ruleFor(domain: string, op: string): Rule | undefined {
  return rules.get(`${domain}:${op}`)
}
