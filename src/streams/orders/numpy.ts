import { mersenne } from 'pure-rand/generator/mersenne'

/**
 * NumPy's legacy `RandomState(seed).permutation(n)`, a stream that NumPy keeps frozen.
 *
 * Fisher–Yates from the end; each index is drawn by masking 32 bits and rejecting what is too large.
 * Example: permutation 10 of seed 1993 is 4 2 7 6 0 3 5 8 9 1.
 * @source numpy/random/src/legacy and mtrand.pyx (`_legacy_seeding`, `random_interval`, `_shuffle_raw`).
 */
export function numpyPermutation(seed: number, n: number): number[] {
  const generator = mersenne(seed)
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1 // the smallest 2ᵏ − 1 that is at least i
    let j = generator.next() & mask
    while (j > i) j = generator.next() & mask
    const kept = order[i]
    order[i] = order[j]
    order[j] = kept
  }
  return order
}
