import { mersenneFromState } from 'pure-rand/generator/mersenne'

/**
 * CPython's `random.seed(seed); random.shuffle(list(range(n)))`, as CODA-Prompt orders its classes; there seed 0
 * keeps the natural order.
 *
 * The same twister as NumPy's, but seeded by `init_by_array`; an index is the top bits of 32, drawn until below n.
 * Example: order of 10 with seed 1 is 6 8 9 7 5 3 0 4 1 2.
 * @source cpython/Modules/_randommodule.c; Lib/random.py (`shuffle`, `_randbelow_with_getrandbits`);
 * GT-RIPL/CODA-Prompt, trainer.py.
 */
export function pythonPermutation(seed: number, n: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  if (seed === 0) return order
  const generator = seededByArray(seed)
  const below = (limit: number) => {
    const drop = Math.clz32(limit)
    let draw = generator.next() >>> drop
    while (draw >= limit) draw = generator.next() >>> drop
    return draw
  }
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1)
    const kept = order[i]
    order[i] = order[j]
    order[j] = kept
  }
  return order
}

const words = 624

/** `init_by_array([seed])` for a seed of one 32-bit word. */
function seededByArray(seed: number) {
  const state = new Int32Array(words)
  state[0] = 19_650_218
  for (let i = 1; i < words; i++) state[i] = Math.imul(1_812_433_253, mixed(state[i - 1])) + i
  let i = 1
  const onward = () => {
    if (++i < words) return
    state[0] = state[words - 1]
    i = 1
  }
  for (let k = 0; k < words; k++) {
    state[i] = (state[i] ^ Math.imul(mixed(state[i - 1]), 1_664_525)) + seed
    onward()
  }
  for (let k = 0; k < words - 1; k++) {
    state[i] = (state[i] ^ Math.imul(mixed(state[i - 1]), 1_566_083_941)) - i
    onward()
  }
  state[0] = 0x80000000
  // pure-rand twists a word when it is read, so its state is one round ahead of CPython's: read one round away.
  const generator = mersenneFromState([0, ...state])
  for (let k = 0; k < words; k++) generator.next()
  return generator
}

const mixed = (word: number) => word ^ (word >>> 30)
