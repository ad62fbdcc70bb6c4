import { StreambedError } from '../error.ts'
import { product } from './product.ts'

/** Columns of one panel. */
const width = 256

/**
 * A symmetric matrix [n, n] of float64, of which only the upper triangle is held, in panels of 256 columns.
 *
 * Panel p has the columns from 256 p on (`columns` of them, up to 256) and the rows 0 … `rows` − 1 down to the last
 * row of its diagonal block, row-major. So a panel's first rows, whatever their number, lie together, and every
 * product below is one of the runtime on memory as it is. About 4·n² bytes, half of what the full matrix takes.
 */
export interface Symmetric {
  readonly n: number
  readonly panels: readonly Float64Array[]
}

/** The matrix of zeros. */
export function symmetric(n: number): Symmetric {
  return {
    n,
    panels: panelsOf(n).map(({ rows, columns }) => new Float64Array(rows * columns)),
  }
}

/** Of a matrix [n, n] row-major, of which only the lower triangle is read. */
export function symmetricOf(lower: Float64Array, n: number): Symmetric {
  const matrix = symmetric(n)
  for (const [p, { from, rows, columns }] of panelsOf(n).entries()) {
    for (let i = 0; i < rows; i++) {
      for (let j = Math.max(0, i - from); j < columns; j++) {
        matrix.panels[p][i * columns + j] = lower[(from + j) * n + i]
      }
    }
  }
  return matrix
}

/** Adds X·Xᵀ, X [n, inner] row-major. n² · inner multiply-adds, of which half and a little are done. */
export async function addOuter({ n, panels }: Symmetric, x: Float64Array, inner: number): Promise<void> {
  const shapes = panelsOf(n)
  const rowsOf = (p: number) => x.subarray(shapes[p].from * inner, shapes[p].rows * inner)
  for (const [p, { columns }] of shapes.entries()) {
    // A block at a time: what comes of it is still in the processor's cache when it is added.
    for (let q = 0; q <= p; q++) {
      const shape = { rows: shapes[q].columns, inner, columns, transposeB: true }
      const grown = await product(rowsOf(q), rowsOf(p), shape)
      const block = panels[p].subarray(shapes[q].from * columns, shapes[q].rows * columns)
      for (let at = 0; at < grown.length; at++) block[at] += grown[at]
    }
  }
}

/** Cholesky's factor of a symmetric matrix, with the inverses of its diagonal blocks. */
export interface Factor {
  readonly n: number
  /** Lᵀ in the panels of a symmetric matrix. */
  readonly panels: readonly Float64Array[]
  /** L⁻¹ of each diagonal block, lower triangular, row-major. */
  readonly inverses: readonly Float64Array[]
}

/**
 * L of A + ridge · I = L·Lᵀ, by Cholesky, panel after panel; A is not written to. n³/3 multiply-adds.
 *
 * @throws matrix-not-positive-definite, with the row whose pivot failed
 */
export async function factorise({ n, panels }: Symmetric, ridge = 0): Promise<Factor> {
  const shapes = panelsOf(n)
  const factor: Float64Array[] = []
  const inverses: Float64Array[] = []
  for (const [p, own] of shapes.entries()) {
    const panel = panels[p].slice()
    for (let i = 0; i < own.columns; i++) panel[(own.from + i) * own.columns + i] += ridge
    factor.push(panel)
    for (let q = 0; q <= p; q++) {
      const other = shapes[q]
      const at = other.from * own.columns
      const block = panel.subarray(at, at + other.columns * own.columns)
      if (other.from > 0) {
        const spent = await product(
          factor[q].subarray(0, other.from * other.columns),
          panel.subarray(0, other.from * own.columns),
          { rows: other.columns, inner: other.from, columns: own.columns, transposeA: true },
        )
        for (let i = 0; i < spent.length; i++) block[i] -= spent[i]
      }
      if (q === p) inverses.push(factoriseBlock(block, own.columns, own.from, n))
      else {
        const shape = { rows: other.columns, inner: other.columns, columns: own.columns }
        block.set(await product(inverses[q], block.slice(), shape))
      }
    }
  }
  return { n, panels: factor, inverses }
}

/** L itself, row-major [n, n], zeros above the diagonal. */
export function lowerOf({ n, panels }: Factor): Float64Array {
  const lower = new Float64Array(n * n)
  for (const [p, { from, rows, columns }] of panelsOf(n).entries()) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) lower[(from + j) * n + i] = panels[p][i * columns + j]
    }
  }
  return lower
}

/** X of L·Lᵀ·X = B, both [n, columns] row-major; B is not written to. n² · columns multiply-adds. */
export async function solveBy({ n, panels, inverses }: Factor, b: Float64Array, columns: number) {
  const shapes = panelsOf(n)
  const x = b.slice()
  const rowsOf = (from: number, count: number) => x.subarray(from * columns, (from + count) * columns)
  for (const [p, own] of shapes.entries()) {
    const block = rowsOf(own.from, own.columns)
    if (own.from > 0) {
      const shape = { rows: own.columns, inner: own.from, columns, transposeA: true }
      subtract(
        block,
        await product(panels[p].subarray(0, own.from * own.columns), rowsOf(0, own.from), shape),
      )
    }
    const shape = { rows: own.columns, inner: own.columns, columns }
    block.set(await product(inverses[p], block.slice(), shape))
  }
  for (const [p, own] of [...shapes.entries()].reverse()) {
    const block = rowsOf(own.from, own.columns)
    const shape = { rows: own.columns, inner: own.columns, columns, transposeA: true }
    block.set(await product(inverses[p], block.slice(), shape))
    if (own.from === 0) continue
    const above = { rows: own.from, inner: own.columns, columns }
    subtract(rowsOf(0, own.from), await product(panels[p].subarray(0, own.from * own.columns), block, above))
  }
  return x
}

function panelsOf(n: number): { from: number; rows: number; columns: number }[] {
  return Array.from({ length: Math.ceil(n / width) }, (_, p) => {
    const rows = Math.min(n, (p + 1) * width)
    return { from: p * width, rows, columns: rows - p * width }
  })
}

/**
 * Overwrites the upper triangle of a diagonal block [m, m] by Lᵀ and what is below it by zeros; returns L⁻¹.
 */
function factoriseBlock(block: Float64Array, m: number, from: number, n: number): Float64Array {
  const L = new Float64Array(m * m)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = block[j * m + i]
      for (let k = 0; k < j; k++) rest -= L[i * m + k] * L[j * m + k]
      if (i !== j) L[i * m + j] = rest / L[j * m + j]
      else if (rest > 0) L[i * m + i] = Math.sqrt(rest)
      else throw notPositive(n, from + i, rest)
    }
  }
  // Row i of L⁻¹: what is above has to come to nothing, and the diagonal to 1.
  const inverse = new Float64Array(m * m)
  for (let i = 0; i < m; i++) {
    const row = i * m
    for (let k = 0; k < i; k++) {
      const times = L[row + k]
      for (let j = 0; j <= k; j++) inverse[row + j] -= times * inverse[k * m + j]
    }
    const by = L[row + i]
    for (let j = 0; j < i; j++) inverse[row + j] /= by
    inverse[row + i] = 1 / by
  }
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) block[i * m + j] = j < i ? 0 : L[j * m + i]
  return inverse
}

function subtract(from: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) from[i] -= values[i]
}

function notPositive(n: number, row: number, pivot: number): StreambedError {
  return new StreambedError('matrix-not-positive-definite', {
    what: `A ${n} × ${n} matrix that should be positive definite is not: pivot ${row + 1} is ${pivot}.`,
    mend: 'Add a little to its diagonal (shrinkage or ridge above 0), or give more examples.',
    exit: 1,
  })
}
