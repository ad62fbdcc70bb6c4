import { expect, test } from 'vitest'
import { bytesOf, type Network, penFor, pruned, type Ref } from '../../src/autodiff/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { drawn, tensorOf } from './step-fixtures.ts'

const f32 = (name: string, dims: readonly number[]): Ref => ({ name, type: 'float32', dims })

function bare(...inputs: Ref[]): Network {
  return {
    label: 'bare',
    inputs,
    outputs: [],
    nodes: [],
    constants: new Map(),
    shapes: new Map(inputs.map((ref) => [ref.name, ref])),
  }
}

/** Runs what `write` writes on inputs 0, 1, 2 …, and checks the shape that the pen said. */
async function run(inputs: readonly Ref[], write: (pen: ReturnType<typeof penFor>) => Ref) {
  const network = bare(...inputs)
  const pen = penFor(network)
  const made = write(pen)
  const session = await openSession(
    bytesOf({
      inputs,
      outputs: [made.name],
      nodes: pen.nodes,
      constants: pen.constants,
      shapes: new Map([...network.shapes, ...pen.shapes]),
    }),
    { threads: 1, label: 'pen' },
  )
  const feeds = Object.fromEntries(
    inputs.map(({ name, dims }) => {
      const size = dims.reduce((a, b) => a * b, 1)
      return [
        name,
        new Tensor(
          'float32',
          Float32Array.from({ length: size }, (_, i) => i),
          dims,
        ),
      ]
    }),
  )
  const output = (await session.run(feeds))[made.name]
  await session.release()
  expect(output.dims).toEqual(made.dims)
  return Array.from(output.data as Float32Array)
}

test('sums over whatever was stretched, to the shape that was stretched', async () => {
  const x = f32('x', [2, 3, 2])
  expect(await run([x], ({ emit }) => emit.unbroadcast(x, [2]))).toEqual([30, 36]) // 0+2+…+10, 1+3+…+11
  expect(await run([x], ({ emit }) => emit.unbroadcast(x, [3, 1]))).toEqual([14, 22, 30]) // 0+1+6+7, …
  expect(await run([x], ({ emit }) => emit.unbroadcast(x, [1, 3, 2]))).toEqual([6, 8, 10, 12, 14, 16])
  expect(await run([x], ({ emit }) => emit.unbroadcast(x, [2, 1, 2]))).toEqual([6, 9, 24, 27])
  expect(await run([x], ({ emit }) => emit.unbroadcast(x, []))).toEqual([66])
  expect(await run([x], ({ emit }) => emit.unbroadcast(x, [1, 1, 1]))).toEqual([66])
  const one = f32('x', [1, 2])
  expect(await run([one], ({ emit }) => emit.unbroadcast(one, [2]))).toEqual([0, 1])
})

test('says the shape that the runtime makes', async () => {
  const x = f32('x', [2, 3])
  const y = f32('y', [4, 3, 2])
  const calls: ((pen: ReturnType<typeof penFor>) => Ref)[] = [
    ({ emit }) => emit.MatMul(x, y),
    ({ emit }) => emit.FusedMatMul(x, y, { transA: true, transB: true, alpha: 0.5 }),
    ({ emit }) => emit.Gemm(x, x, { transB: true }),
    ({ emit }) => emit.Concat([x, x], -1),
    ({ emit }) => emit.Slice(y, -2, 1, Number.MAX_SAFE_INTEGER),
    ({ emit }) => emit.Pad(x, [1, 0], [0, 2]),
    ({ emit }) => emit.Gather(y, emit.ints([2, 0]), 1),
    ({ emit }) => emit.ReduceSum(y, [-1, 0], false),
    ({ emit }) => emit.Add(emit.Transpose(y, [0, 2, 1]), emit.filled([2, 3], 2)),
    ({ emit }) => emit.Expand(x, [5, 2, 3]),
    ({ emit }) => emit.Sum(x, emit.scalar(1), y.dims.length > 0 ? emit.Neg(x) : x),
  ]
  for (const call of calls) await run([x, y], (pen) => pen.emit.Add(call(pen), dull(pen, x, y)))
})

/** A zero that reads every input, so that none is left out of the model. */
function dull({ emit }: ReturnType<typeof penFor>, ...refs: Ref[]): Ref {
  return emit.Sum(...refs.map((ref) => emit.unbroadcast(emit.Mul(ref, emit.scalar(0)), [])))
}

test('writes equal constants once, and takes no name that the network has', () => {
  const pen = penFor(bare(f32('Add', [1]), f32('[1,2]', [1])))
  const first = pen.emit.ints([1, 2])
  expect(pen.emit.constant({ type: 'int64', dims: [2], data: BigInt64Array.of(1n, 2n) })).toBe(first)
  expect(pen.emit.constant({ type: 'int32', dims: [2], data: [1, 2] }).name).not.toBe(first.name)
  expect(pen.emit.constant({ type: 'float32', dims: [], data: [0] })).not.toBe(
    pen.emit.constant({ type: 'float32', dims: [], data: [-0] }),
  )
  expect(first.name).toBe('[1,2].2')
  expect(pen.emit.Add(f32('Add', [1]), f32('Add', [1])).name).toBe('Add.2')
  expect(pen.emit.Add(f32('Add', [1]), f32('Add', [1])).name).toBe('Add.3')
})

test('drops the nodes that no output needs', () => {
  const node = (op: string, inputs: string[], outputs: string[]) => ({ op, inputs, outputs })
  const nodes = [node('A', ['x'], ['a']), node('B', ['a'], ['b']), node('C', ['a'], ['c', 'd'])]
  expect(pruned(nodes, ['d']).map(({ op }) => op)).toEqual(['A', 'C'])
})

test('a product with one column has the same bits on one thread and on more', async () => {
  // 394 rows, cut in two or three: the runtime's own product with a column differs in the last row of a cut.
  const [x, w] = [f32('x', [394, 192]), f32('w', [192, 1])]
  const pen = penFor(bare(x, w))
  const made = pen.emit.Gemm(x, w)
  expect(made.dims).toEqual([394, 1])
  const bytes = bytesOf({
    inputs: [x, w],
    outputs: [made.name],
    nodes: pen.nodes,
    constants: pen.constants,
    shapes: new Map([...pen.shapes, ['x', x], ['w', w]]),
  })
  const feeds = { x: tensorOf(drawn(x.dims, 'x')), w: tensorOf(drawn(w.dims, 'w')) }
  const results = await Promise.all(
    [1, 2, 3].map(async (threads) => {
      const session = await openSession(bytes, { threads, label: `${threads} threads` })
      const { data } = (await session.run(feeds))[made.name]
      await session.release()
      return data
    }),
  )
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
  const sum = (row: number) =>
    Array.from({ length: 192 }, (_, k) => k).reduce(
      (total, k) => total + Number(feeds.x.data[row * 192 + k]) * Number(feeds.w.data[k]),
      0,
    )
  for (const row of [0, 196, 393]) expect(Number(results[0][row])).toBeCloseTo(sum(row), 4)
})

test('a lone number beside weights of a 1 × 1 convolution has as many axes as they, which keeps the product fast', async () => {
  const [x, rate] = [f32('x', [2, 3, 1, 1]), f32('rate', [])]
  const pen = penFor(bare(x, rate))
  const { emit } = pen
  const dimsOf = (name: string) => (pen.shapes.get(name) ?? rate).dims
  for (const y of [emit.Mul(x, emit.scalar(0.5)), emit.Mul(rate, x), emit.Add(x, rate)]) {
    const { inputs } = pen.nodes.find(({ outputs }) => outputs[0] === y.name)!
    expect(dimsOf(inputs.find((name) => name !== 'x')!)).toEqual([1, 1, 1, 1])
  }
  expect(pen.nodes.map(({ op }) => op)).toEqual(['Mul', 'Reshape', 'Mul', 'Add']) // `rate` is reshaped once
  const flat = emit.Mul(f32('flat', [2, 3]), rate)
  expect(pen.nodes.find(({ outputs }) => outputs[0] === flat.name)!.inputs).toEqual(['flat', 'rate'])
  expect(await run([x], ({ emit }) => emit.Mul(x, emit.scalar(0.5)))).toEqual([0, 0.5, 1, 1.5, 2, 2.5])
})
