import { describe, expect, test } from 'vitest'
import { penFor, pruned, type Ref } from '../../../src/autodiff/index.ts'
import { convolutionOf } from '../../../src/autodiff/rules/conv/convolution.ts'
import { inputGradient } from '../../../src/autodiff/rules/conv/input-gradient.ts'
import { weightGradient } from '../../../src/autodiff/rules/conv/weight-gradient.ts'

/** Operators that only move numbers, or sum what a product left. */
const plain = new Set(['Reshape', 'Transpose', 'Pad', 'Slice', 'Concat', 'ReduceSum', 'Sum'])

/** x, w and y of a case, its attributes, and the operators that do the work of its dX and of its dW. */
type Case = [string, number[], number[], number[], Record<string, unknown>, string, string]
const same = { pads: [1, 1, 1, 1] }
const strided = { pads: [1, 1, 1, 1], strides: [2, 2] }

const cases: Case[] = [
  ['1 × 1', [32, 16, 24, 24], [96, 16, 1, 1], [32, 96, 24, 24], {}, 'Conv', 'FusedMatMul'],
  ['1 × 1, few pixels', [32, 16, 6, 6], [96, 16, 1, 1], [32, 96, 6, 6], {}, 'Conv', 'Gemm'],
  [
    '1 × 1, strided',
    [32, 16, 24, 24],
    [9, 16, 1, 1],
    [32, 9, 12, 12],
    { strides: [2, 2] },
    'ConvTranspose',
    'FusedMatMul',
  ],
  ['patches', [8, 3, 64, 64], [192, 3, 16, 16], [8, 192, 4, 4], { strides: [16, 16] }, 'Gemm', 'Gemm'],
  ['dense, small map', [32, 64, 6, 6], [64, 64, 3, 3], [32, 64, 6, 6], same, 'Gather Gemm', 'Gather Gemm'],
  [
    'dense, middling map',
    [32, 64, 12, 12],
    [64, 64, 3, 3],
    [32, 64, 12, 12],
    same,
    'Gemm Conv',
    'Gather Gemm',
  ],
  [
    'dense, large map',
    [32, 64, 24, 24],
    [64, 64, 3, 3],
    [32, 64, 24, 24],
    same,
    'Gemm Conv',
    'FusedMatMul × 9',
  ],
  [
    'dense, strided',
    [32, 64, 12, 12],
    [96, 64, 3, 3],
    [32, 96, 6, 6],
    strided,
    'Gemm Gather × 4',
    'Gather Gemm',
  ],
  [
    'dense, strided, large map',
    [32, 64, 32, 32],
    [96, 64, 3, 3],
    [32, 96, 16, 16],
    strided,
    'ConvTranspose',
    'FusedMatMul × 9',
  ],
  ['pixels of a photo', [32, 3, 96, 96], [16, 3, 3, 3], [32, 16, 48, 48], strided, 'ConvTranspose', 'Conv'],
  ['in groups', [8, 64, 12, 12], [64, 8, 3, 3], [8, 64, 12, 12], { ...same, group: 8 }, 'Gemm Conv', 'Conv'],
  [
    'depthwise, small map',
    [32, 96, 6, 6],
    [96, 1, 3, 3],
    [32, 96, 6, 6],
    { ...same, group: 96 },
    'Gemm FusedMatMul',
    'FusedMatMul Gemm',
  ],
  [
    'depthwise, middling map',
    [32, 96, 12, 12],
    [96, 1, 3, 3],
    [32, 96, 12, 12],
    { ...same, group: 96 },
    'Gemm Conv',
    'FusedMatMul Gemm',
  ],
  [
    'depthwise, large map',
    [32, 24, 24, 24],
    [24, 1, 3, 3],
    [32, 24, 24, 24],
    { ...same, group: 24 },
    'Gemm Conv',
    'FusedMatMul × 9 Gemm', // the last sums over the batch
  ],
  [
    'depthwise, strided, large map',
    [32, 24, 48, 48],
    [24, 1, 3, 3],
    [32, 24, 24, 24],
    { ...strided, group: 24 },
    'ConvTranspose',
    'Conv',
  ],
]

describe('each convolution is differentiated in the form that was measured fastest', () => {
  test.each(cases)('%s', (_, x, w, y, attributes, input, weight) => {
    const convolution = convolutionOf(
      {
        attribute: <Value>(name: string, otherwise: Value) => (attributes[name] ?? otherwise) as Value,
        refuse: (what) => expect.fail(what),
      },
      x,
      w,
      y,
    )
    const [X, W, d] = [ref('x', x), ref('w', w), ref('d', y)]
    expect(work((emit) => inputGradient(emit, convolution, W, d), [W, d])).toBe(input)
    expect(work((emit) => weightGradient(emit, convolution, X, d), [X, d])).toBe(weight)
  })
})

function ref(name: string, dims: number[]): Ref {
  return { name, type: 'float32', dims }
}

/** The operators that compute, in order, those in a row counted. */
function work(write: (emit: ReturnType<typeof penFor>['emit']) => Ref, inputs: Ref[]): string {
  const shapes = new Map(inputs.map((input) => [input.name, input]))
  const pen = penFor({ inputs, nodes: [], constants: new Map(), shapes })
  const { name } = write(pen.emit)
  const ops = pruned(pen.nodes, [name]).flatMap(({ op }) => (plain.has(op) ? [] : [op]))
  const runs = ops.flatMap((op, at) => (op === ops[at - 1] ? [] : [{ op, at }]))
  return runs
    .map(({ op, at }, index) => {
      const count = (runs[index + 1]?.at ?? ops.length) - at
      return count === 1 ? op : `${op} × ${count}`
    })
    .join(' ')
}
