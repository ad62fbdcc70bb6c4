import { describe, expect, test } from 'vitest'
import { checkRule, gradientsAt } from '../central-differences.ts'

describe('MatMul', () => {
  const cases: [string, number[], number[]][] = [
    ['matrices', [3, 4], [4, 5]],
    ['rows of three axes by a matrix', [2, 3, 4], [4, 5]],
    ['rows of four axes by a matrix', [2, 1, 3, 4], [4, 2]],
    ['batches of both', [2, 3, 4], [2, 4, 2]],
    ['batches that broadcast to each other', [2, 1, 3, 2], [1, 3, 2, 4]],
    ['a matrix by batches', [3, 4], [2, 4, 2]],
    ['a longer right side', [2, 3, 2], [3, 2, 2, 2]],
    ['two vectors', [4], [4]],
    ['a vector by a matrix', [4], [4, 3]],
    ['a matrix by a vector', [3, 4], [4]],
    ['batches by a vector', [2, 3, 4], [4]],
    ['a vector by batches', [4], [2, 4, 3]],
    ['a batch of one', [1, 3, 4], [1, 4, 2]],
  ]
  test.each(cases)('of %s', async (_, a, b) => {
    await checkRule({ op: 'MatMul', inputs: { a: { dims: a }, b: { dims: b } } })
  })

  test('of [1, 2] and [3, 4] as a dot product gives each side the other', async () => {
    const inputs = { a: { dims: [2], data: [1, 2] }, b: { dims: [2], data: [3, 4] } }
    expect(await gradientsAt({ op: 'MatMul', inputs })).toEqual({ a: [3, 4], b: [1, 2] })
  })
})

describe('FusedMatMul', () => {
  const flags = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB })))
  test.each(flags)('of matrices and of batches, %o', async ({ transA, transB }) => {
    const side = (rows: number, columns: number, turned: number, ...batch: number[]) => ({
      dims: turned ? [...batch, columns, rows] : [...batch, rows, columns],
    })
    const attributes = { transA, transB, alpha: 0.3 }
    const batches: [number[], number[]][] = [
      [[], []],
      [[2], [2]],
      [[2], []],
      [[], [2]],
      [[2, 1], [3]],
    ]
    for (const [left, right] of batches) {
      const inputs = { a: side(3, 4, transA, ...left), b: side(4, 2, transB, ...right) }
      await checkRule({ op: 'FusedMatMul', domain: 'com.microsoft', attributes, inputs })
    }
  })

  test.each(flags)('with the leading axis moved inwards on both sides, %o', async ({ transA, transB }) => {
    // [n, batch, k], turned on request
    const inputs = {
      a: { dims: transA ? [4, 2, 3, 3] : [3, 2, 3, 4] },
      b: { dims: transB ? [2, 2, 3, 4] : [4, 2, 3, 2] },
    }
    const attributes = { transA, transB, transBatchA: 1, transBatchB: 1 }
    await checkRule({ op: 'FusedMatMul', domain: 'com.microsoft', attributes, inputs })
  })

  test('of a vector is refused by name', async () => {
    const inputs = { a: { dims: [4] }, b: { dims: [4, 2] } }
    await expect(gradientsAt({ op: 'FusedMatMul', domain: 'com.microsoft', inputs })).rejects.toMatchObject({
      code: 'unsupported-gradient',
      what: expect.stringContaining('rank 2 or more is known'),
    })
  })
})

describe('Gemm', () => {
  const flags = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB })))
  test.each(flags)('scaled, %o', async ({ transA, transB }) => {
    await checkRule({
      op: 'Gemm',
      attributes: { transA, transB, alpha: 0.5, beta: -2 },
      inputs: {
        a: { dims: transA ? [4, 3] : [3, 4] },
        b: { dims: transB ? [2, 4] : [4, 2] },
        c: { dims: [2] },
      },
    })
  })

  test.each([[[3, 2]], [[1, 2]], [[3, 1]], [[2]], [[1]], [[]]])('with an addend of %j', async (dims) => {
    await checkRule({ op: 'Gemm', inputs: { a: { dims: [3, 4] }, b: { dims: [4, 2] }, c: { dims } } })
  })

  test('without an addend, for a batch of one', async () => {
    await checkRule({ op: 'Gemm', inputs: { a: { dims: [1, 4] }, b: { dims: [4, 2] } } })
  })
})

describe('Einsum', () => {
  const equations: [string, number[][]][] = [
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'ij,jk',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'bhid, bhjd -> bhij',
      [
        [2, 2, 3, 4],
        [2, 2, 2, 4],
      ],
    ],
    ['ij->ji', [[2, 3]]],
    ['ij->i', [[2, 3]]], // j is summed alone
    ['ijk->j', [[2, 3, 2]]],
    ['i,j->ij', [[2], [3]]],
    ['ij,k->i', [[2, 3], [4]]], // j and k are each summed alone
    [
      'ij,jk,kl->il',
      [
        [2, 3],
        [3, 2],
        [2, 2],
      ],
    ],
    ['ij->', [[2, 3]]],
  ]
  test.each(equations)('of %s', async (equation, dims) => {
    const inputs = Object.fromEntries(dims.map((own, index) => [`x${index}`, { dims: own }]))
    await checkRule({ op: 'Einsum', attributes: { equation }, inputs })
  })

  test.each([
    ['ii->i', [[3, 3]], 'takes a diagonal'],
    ['...ij->...ji', [[2, 3]], 'has an ellipsis'],
    [
      'ij,ij->ij',
      [
        [2, 1],
        [2, 3],
      ],
      'broadcasts j, of 1 and 3',
    ],
  ])('of %s is refused by name', async (equation, dims, what) => {
    const inputs = Object.fromEntries(dims.map((own, index) => [`x${index}`, { dims: own }]))
    await expect(gradientsAt({ op: 'Einsum', attributes: { equation }, inputs })).rejects.toMatchObject({
      code: 'unsupported-gradient',
      what: expect.stringContaining(what),
    })
  })
})
