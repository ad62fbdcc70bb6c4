import type { Model } from '../../src/onnx/index.ts'
import { small } from '../fixtures/small-vits.ts'
import { valuesOf } from './running.ts'

/**
 * The small ViT written by hand in float64, one picture at a time, with every adaptation as its paper has it. It reads
 * the weights of the `fused` spelling by name and knows nothing of graphs.
 */
export type Rows = number[][]

export interface Adaptations {
  /** Added to what a linear layer gives: name of the layer → (input, output) → output. */
  linear?: (name: string, x: Rows, y: Rows) => Rows
  norm?: (name: string, y: Rows) => Rows
  /** [patches, width] as they come of the convolution. */
  patches?: (y: Rows) => Rows
  /** The stream as a block reads it, and as it leaves it. */
  before?: (block: number, x: Rows) => Rows
  after?: (block: number, x: Rows) => Rows
  /** (h, what MLP(LN2(h)) gives) → what is added to h. */
  mlp?: (block: number, h: Rows, y: Rows) => Rows
  attended?: (block: number, y: Rows) => Rows
  /** What the activation of the MLP gives. */
  hidden?: (block: number, y: Rows) => Rows
  /** Keys or values [tokens, width], heads one after another. */
  keys?: (block: number, k: Rows) => Rows
  values?: (block: number, v: Rows) => Rows
  /** The position embedding to use instead. */
  position?: Rows
  /** Added to the scores of every head. */
  mask?: (from: number, to: number) => number
}

export function forward(model: Model, picture: Float32Array, side: number, how: Adaptations = {}): number[] {
  const w = (name: string) => {
    const { dims, data } = valuesOf(model, name)
    const columns = dims.at(-1)!
    return Array.from({ length: data.length / columns }, (_, i) => [
      ...data.subarray(i * columns, (i + 1) * columns),
    ])
  }
  const linear = (x: Rows, name: string): Rows => {
    const y = plus(product(x, w(`${name}.weight`)), w(`${name}.bias`)[0])
    return how.linear?.(name, x, y) ?? y
  }
  const norm = (x: Rows, name: string): Rows => {
    const [[gain], [bias]] = [w(`${name}.weight`), w(`${name}.bias`)]
    const y = x.map((row) => {
      const mean = sum(row) / row.length
      const deviation = Math.sqrt(sum(row.map((v) => (v - mean) ** 2)) / row.length + 1e-6)
      return row.map((v, i) => ((v - mean) / deviation) * gain[i] + bias[i])
    })
    return how.norm?.(name, y) ?? y
  }
  let x = embedded(model, picture, side)
  x = how.patches?.(x) ?? x
  x = [w('cls')[0], ...x]
  const position = how.position ?? w('pos')
  x = x.map((row, t) => row.map((v, i) => v + position[t][i]))
  for (let b = 0; b < small.blocks; b++) {
    x = how.before?.(b, x) ?? x
    const qkv = linear(norm(x, `b${b}.ln1`), `b${b}.qkv`)
    const part = (at: number) => qkv.map((row) => row.slice(at * small.width, (at + 1) * small.width))
    const [q, k, v] = [part(0), how.keys?.(b, part(1)) ?? part(1), how.values?.(b, part(2)) ?? part(2)]
    const attended = linear(attention(q, k, v, how.mask), `b${b}.proj`)
    x = sums(x, how.attended?.(b, attended) ?? attended)
    const hidden = linear(norm(x, `b${b}.ln2`), `b${b}.fc1`).map((row) => row.map(gelu))
    const mlp = linear(how.hidden?.(b, hidden) ?? hidden, `b${b}.fc2`)
    x = sums(x, how.mlp?.(b, x, mlp) ?? mlp)
    x = how.after?.(b, x) ?? x
  }
  return norm(x, 'norm')[0]
}

function embedded(model: Model, picture: Float32Array, side: number): Rows {
  const { data } = valuesOf(model, 'patch.weight')
  const { data: bias } = valuesOf(model, 'patch.bias')
  const p = small.patch
  const grid = side / p
  return Array.from({ length: grid * grid }, (_, at) =>
    Array.from({ length: small.width }, (_, o) => {
      let total = bias[o]
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < p; y++)
          for (let x = 0; x < p; x++) {
            const pixel = (c * side + Math.floor(at / grid) * p + y) * side + (at % grid) * p + x
            total += data[((o * 3 + c) * p + y) * p + x] * picture[pixel]
          }
      return total
    }),
  )
}

function attention(q: Rows, k: Rows, v: Rows, mask: Adaptations['mask']): Rows {
  const size = small.width / small.heads
  const heads = Array.from({ length: small.heads }, (_, h) => {
    const own = (rows: Rows) => rows.map((row) => row.slice(h * size, (h + 1) * size))
    const [Q, K, V] = [own(q), own(k), own(v)]
    const P = Q.map((query, i) => {
      const scores = K.map(
        (key, j) => sum(query.map((a, d) => a * key[d])) / Math.sqrt(size) + (mask?.(i, j) ?? 0),
      )
      const most = Math.max(...scores)
      const e = scores.map((score) => Math.exp(score - most))
      const total = sum(e)
      return e.map((value) => value / total)
    })
    return product(P, V)
  })
  return q.map((_, t) => heads.flatMap((head) => head[t]))
}

export function product(a: Rows, b: Rows): Rows {
  return a.map((row) => b[0].map((_, j) => sum(row.map((value, i) => value * b[i][j]))))
}

export const sums = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((value, j) => value + b[i][j]))
export const plus = (a: Rows, bias: readonly number[]): Rows =>
  a.map((row) => row.map((value, j) => value + bias[j]))
export const scaled = (a: Rows, by: number): Rows => a.map((row) => row.map((value) => value * by))
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const gelu = (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2))

/** By its series near 0 and its continued fraction far off: to 1e-15. */
function erf(x: number): number {
  if (x < 0) return -erf(-x)
  if (x > 5.5) return 1
  if (x < 2.5) {
    let term = x
    let total = x
    for (let n = 1; n < 80; n++) {
      term *= (-x * x) / n
      total += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * total
  }
  let fraction = 0
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction)
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}

/** [rows][columns] of a weight of a rewritten model. */
export function table(model: Model, name: string): Rows {
  const { dims, data } = valuesOf(model, name)
  const columns = dims.at(-1)!
  return Array.from({ length: data.length / columns }, (_, i) => [
    ...data.subarray(i * columns, (i + 1) * columns),
  ])
}
