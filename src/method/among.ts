import { maskOf } from '../learner/index.ts'
import type { Network } from './network.ts'

/**
 * What a masked cross-entropy is fed: targets [n × columns], and which columns take part; all so far unless said.
 * `crossEntropy({ masked: true })`.
 */
export function among(
  { labels }: Network,
  targets: Float32Array,
  columns: Iterable<number> = labels.keys(),
): { targets: Float32Array; mask: Float32Array } {
  return { targets, mask: maskOf(columns, targets.length / labels.length, labels.length) }
}
