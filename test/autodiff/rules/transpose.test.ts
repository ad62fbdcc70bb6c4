import { expect, test } from 'vitest'
import { differentiate, type Network, penFor } from '../../../src/autodiff/index.ts'
import { checkRule } from '../central-differences.ts'

test.each([
  { why: 'reversed, as no permutation means', dims: [2, 3, 4], perm: undefined },
  { why: 'a matrix', dims: [2, 3], perm: [1, 0] },
  { why: 'a vector', dims: [3], perm: [0] },
  { why: 'heads of attention', dims: [2, 5, 3, 2, 4], perm: [2, 0, 3, 1, 4] },
  { why: 'a cycle, which is not its own inverse', dims: [2, 3, 4], perm: [1, 2, 0] },
  { why: 'windows of six axes', dims: [1, 2, 3, 2, 3, 2], perm: [0, 1, 3, 2, 4, 5] },
  { why: 'axes that travel together', dims: [3, 4, 2, 2], perm: [2, 3, 0, 1] },
  { why: 'axes of size 1 between', dims: [2, 1, 3, 1, 2], perm: [4, 1, 3, 2, 0] },
  { why: 'nothing but axes of size 1 moved', dims: [2, 1, 3], perm: [1, 0, 2] },
])('a transpose: $why', async ({ dims, perm }) => {
  await checkRule({ op: 'Transpose', inputs: { x: { dims } }, attributes: perm && { perm } })
})

test('axes that travel together are moved as one, and what is no movement is a reshape', () => {
  expect(written([3, 4, 2, 2], [2, 3, 0, 1])).toEqual(['Reshape', 'Transpose', 'Reshape'])
  expect(written([2, 1, 3], [1, 0, 2])).toEqual(['Reshape'])
  expect(written([2, 5, 3, 4], [0, 2, 1, 3])).toEqual(['Transpose'])
})

function written(dims: readonly number[], perm: readonly number[]): string[] {
  const x = { name: 'x', type: 'float32', dims } as const
  const y = { name: 'y', type: 'float32', dims: perm.map((axis) => dims[axis]) } as const
  const network: Network = {
    label: 'transpose',
    inputs: [x],
    outputs: ['y'],
    nodes: [{ op: 'Transpose', inputs: ['x'], outputs: ['y'], attributes: { perm } }],
    constants: new Map(),
    shapes: new Map([x, y].map((ref) => [ref.name, ref])),
  }
  const pen = penFor(network)
  differentiate(network, { seeds: new Map([['y', { ...y, name: 'dy' }]]), wanted: ['x'] }, pen)
  return pen.nodes.map(({ op }) => op)
}
