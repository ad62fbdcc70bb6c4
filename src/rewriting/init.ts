import type { Chance } from '../tensor/index.ts'
import { sizeOf } from '../tensor/index.ts'

/** Uniform in ± 1 / √fanIn: Kaiming's uniform law with a = √5, which is what PyTorch gives a linear layer. */
export function kaimingUniform(dims: readonly number[], fanIn: number, random: Chance): Float32Array {
  const bound = 1 / Math.sqrt(fanIn)
  return drawn(dims, () => (2 * random.float() - 1) * bound)
}

export function normal(
  dims: readonly number[],
  mean: number,
  deviation: number,
  random: Chance,
): Float32Array {
  return drawn(dims, () => mean + deviation * random.normal())
}

/** Normal around 0, what lies more than 2 away drawn again (the law that timm gives its heads cuts there). */
export function truncatedNormal(dims: readonly number[], deviation: number, random: Chance): Float32Array {
  return drawn(dims, () => {
    let value = deviation * random.normal()
    while (Math.abs(value) > 2) value = deviation * random.normal()
    return value
  })
}

export function filled(dims: readonly number[], value: number): Float32Array {
  return new Float32Array(sizeOf(dims)).fill(value)
}

function drawn(dims: readonly number[], draw: () => number): Float32Array {
  return Float32Array.from({ length: sizeOf(dims) }, draw)
}
