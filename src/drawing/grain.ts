import type { Chance } from '../tensor/index.ts'

/**
 * Numbers near 0 with deviation 1: the four bytes of one 32-bit draw added up. A picture needs four thousand, so
 * they come from a small generator of their own (mulberry32, Tommy Ettinger, public domain).
 */
export function grain(random: Chance): () => number {
  let state = random.below(4_294_967_296)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    t ^= t >>> 14
    return ((t & 255) + ((t >>> 8) & 255) + ((t >>> 16) & 255) + (t >>> 24) - 510) / 147.8
  }
}
