import type { Chance } from '../tensor/index.ts'
import { sizeOf } from '../tensor/index.ts'

/** Uniform in ± 1 / √fanIn: Kaiming's uniform law with a = √5, which is what PyTorch gives a linear layer. */
export function kaimingUniform(dims: readonly number[], fanIn: number, random: Chance): Float32Array {
  const bound = 1 / Math.sqrt(fanIn)
  return drawn(dims, () => (2 * random.float() - 1) * bound)
}

/** Uniform in low … high. */
export function uniform(
  dims: readonly number[],
  [low, high]: readonly [number, number],
  random: Chance,
): Float32Array {
  return drawn(dims, () => low + (high - low) * random.float())
}

/**
 * Rows of length 1, each orthogonal to the others, by Gram and Schmidt from normal numbers. There are no more such rows
 * than columns: behind them it begins anew.
 */
export function orthonormal(rows: number, columns: number, random: Chance): Float32Array {
  const made = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const own = made.subarray(row * columns, (row + 1) * columns)
    for (let j = 0; j < columns; j++) own[j] = random.normal()
    for (let other = row - (row % columns); other < row; other++) {
      const before = made.subarray(other * columns, (other + 1) * columns)
      const along = dot(own, before)
      for (let j = 0; j < columns; j++) own[j] -= along * before[j]
    }
    const length = Math.sqrt(dot(own, own))
    for (let j = 0; j < columns; j++) own[j] /= length
  }
  return Float32Array.from(made)
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
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
