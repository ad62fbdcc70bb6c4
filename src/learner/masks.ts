import type { Mask } from '../rewriting/index.ts'
import { type Chance, sizeOf, Tensor } from '../tensor/index.ts'

/** Entries of 0, at the mask's rate, and 1 / (1 − rate); without a chance all 1: nothing is dropped. */
export function drawn({ dims, rate }: Mask, rows: number, chance: Chance | undefined): Tensor {
  const shape = dims.map((dim) => (typeof dim === 'number' ? dim : rows))
  const kept = 1 / (1 - rate)
  const data = new Float32Array(sizeOf(shape))
  if (chance === undefined) data.fill(1)
  else for (let i = 0; i < data.length; i++) data[i] = chance.float() < rate ? 0 : kept
  return new Tensor('float32', data, shape)
}
