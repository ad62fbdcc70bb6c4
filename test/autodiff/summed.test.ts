import { expect, test } from 'vitest'
import { bytesOf, differentiate, type Network, penFor, pruned, type Ref } from '../../src/autodiff/index.ts'
import type { Numbers } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'

/** Slices of x [6] by start, end and step; what arrives at each number of a slice is its place in x plus 1. */
async function gradientOf(slices: readonly (readonly [start: number, end: number, step?: number])[]) {
  const x: Ref = { name: 'x', type: 'float32', dims: [6] }
  const made = slices.map(
    ([start, end, step = 1], i): Ref => ({
      name: `y${i}`,
      type: 'float32',
      dims: [Math.ceil((end - start) / step)],
    }),
  )
  const table = (value: number): Numbers => ({ type: 'int64', dims: [1], data: [value] })
  const constants = new Map<string, Numbers>(
    slices.flatMap(([start, end, step = 1], i) => [
      [`start${i}`, table(start)],
      [`end${i}`, table(end)],
      [`axis${i}`, table(0)],
      [`step${i}`, table(step)],
    ]),
  )
  const tables = [...constants.keys()].map((name): Ref => ({ name, type: 'int64', dims: [1] }))
  const network: Network = {
    label: 'slices',
    inputs: [x],
    outputs: made.map(({ name }) => name),
    nodes: made.map(({ name }, i) => ({
      op: 'Slice',
      inputs: ['x', `start${i}`, `end${i}`, `axis${i}`, `step${i}`],
      outputs: [name],
    })),
    constants,
    shapes: new Map([x, ...made, ...tables].map((ref) => [ref.name, ref])),
  }
  const pen = penFor(network)
  const seeds = made.map((ref): Ref => ({ ...ref, name: `d${ref.name}` }))
  const seeded = new Map(made.map(({ name }, i) => [name, seeds[i]]))
  const dx = differentiate(network, { seeds: seeded, wanted: ['x'] }, pen).get('x')!
  const nodes = pruned(pen.nodes, [dx.name])
  const shapes = new Map([...network.shapes, ...pen.shapes, ...seeds.map((ref) => [ref.name, ref] as const)])
  const step = bytesOf({ inputs: seeds, outputs: [dx.name], nodes, constants: pen.constants, shapes })
  const session = await openSession(step, { threads: 1, label: 'slices' })
  const feeds = slices.map(([start, , step = 1], i) => {
    const numbers = Float32Array.from({ length: made[i].dims[0] }, (_, at) => start + at * step + 1)
    return [seeds[i].name, new Tensor('float32', numbers, made[i].dims)] as const
  })
  const { [dx.name]: gradient } = await session.run(Object.fromEntries(feeds))
  await session.release()
  return { ops: nodes.map(({ op }) => op), gradient: [...(gradient.data as Float32Array)] }
}

test.each([
  {
    why: 'parts that cover it are joined, in their order',
    slices: [
      [4, 6],
      [0, 1],
      [1, 4],
    ],
    ops: ['Concat'],
    gradient: [1, 2, 3, 4, 5, 6],
  },
  {
    why: 'neighbours in the middle are joined and padded once',
    slices: [
      [1, 3],
      [3, 5],
    ],
    ops: ['Concat', 'Pad'],
    gradient: [0, 2, 3, 4, 5, 0],
  },
  {
    why: 'parts with a gap between them are added',
    slices: [
      [0, 2],
      [4, 6],
    ],
    ops: ['Pad', 'Pad', 'Add'],
    gradient: [1, 2, 0, 0, 5, 6],
  },
  {
    why: 'parts that overlap are added',
    slices: [
      [0, 4],
      [2, 6],
    ],
    ops: ['Pad', 'Pad', 'Add'],
    gradient: [1, 2, 6, 8, 5, 6],
  },
  {
    why: 'one part read twice is added, and its neighbour joined to it',
    slices: [
      [0, 3],
      [0, 3],
      [3, 6],
    ],
    ops: ['Pad', 'Concat', 'Add'],
    gradient: [2, 4, 6, 4, 5, 6],
  },
  {
    why: 'the whole, read beside its parts, is added to them',
    slices: [
      [0, 6],
      [0, 3],
      [3, 6],
    ],
    ops: ['Concat', 'Add'],
    gradient: [2, 4, 6, 8, 10, 12],
  },
  {
    why: 'every third, taken apart in three, is put together',
    slices: [
      [1, 6, 3],
      [0, 6, 3],
      [2, 6, 3],
    ],
    ops: ['Reshape', 'Reshape', 'Reshape', 'Concat', 'Reshape'],
    gradient: [1, 2, 3, 4, 5, 6],
  },
  {
    why: 'every second and a half are added',
    slices: [
      [0, 6, 2],
      [0, 3],
    ],
    ops: ['Pad', 'Reshape', 'Pad', 'Reshape', 'Add'],
    gradient: [2, 2, 6, 0, 5, 0],
  },
] as const)('gradients of a tensor that was cut: $why', async ({ slices, ops, gradient }) => {
  expect(await gradientOf(slices)).toEqual({ ops, gradient })
})
