import { expect, test } from 'vitest'
import { trainingStep } from '../../src/autodiff/index.ts'
import type { NodeSpec } from '../../src/onnx/index.ts'
import { crossEntropy, drawn, freed, momentum, oneHot, tensorOf, walked } from './step-fixtures.ts'

/** A position embedding of 7 × 7 patches, resampled in the graph to 3 × 4, where `attributes` say how. */
function network(names: { embedding: string; head: string }, attributes: NodeSpec['attributes'] = {}) {
  const { embedding, head } = names
  return freed({
    inputs: { patches: { type: 'float32', shape: [2, 12, 8] } },
    scores: 'scores',
    nodes: [
      {
        op: 'Resize',
        name: '/pos_embed/Resize',
        inputs: [embedding, 'region', '', 'sizes'],
        outputs: ['resized'],
        attributes: { mode: 'cubic', antialias: 1, cubic_coeff_a: -0.5, exclude_outside: 1, ...attributes },
      },
      { op: 'Reshape', inputs: ['resized', 'flat'], outputs: ['channels'] },
      { op: 'Transpose', inputs: ['channels'], outputs: ['positions'], attributes: { perm: [0, 2, 1] } },
      { op: 'Add', inputs: ['patches', 'positions'], outputs: ['tokens'] },
      { op: 'Tanh', inputs: ['tokens'], outputs: ['bent'] },
      { op: 'ReduceMean', inputs: ['bent', 'over'], outputs: ['pooled'], attributes: { keepdims: 0 } },
      { op: 'Gemm', inputs: ['pooled', head], outputs: ['scores'] },
    ],
    constants: {
      [embedding]: drawn([1, 8, 7, 7], 'embedding'),
      [head]: drawn([8, 3], 'head'),
      region: { type: 'float32', dims: [8], data: [0, 0, 0, 0, 1, 1, 1, 1] },
      sizes: { type: 'int64', dims: [4], data: [1, 8, 3, 4] },
      flat: { type: 'int64', dims: [3], data: [1, 8, 12] },
      over: { type: 'int64', dims: [1], data: [1] },
    },
  })
}

const batch = { patches: tensorOf(drawn([2, 12, 8], 'patches')), target: oneHot([0, 2], 3) }

async function trained(made: Awaited<ReturnType<typeof network>>) {
  const step = trainingStep({
    network: made,
    parameters: [...made.weights.keys()],
    loss: crossEntropy('scores'),
    update: momentum(0),
  })
  const { losses } = await walked(step, made.weights, batch, { steps: 12, rate: 1 })
  return { losses, ops: new Set(step.parts.nodes.map(({ op }) => op)) }
}

test('a head learns on an antialiased position embedding, which is folded and needs no gradient', async () => {
  const { losses, ops } = await trained(await network({ embedding: 'embedding', head: 'w.head' }))
  expect(ops).not.toContain('Resize')
  expect(losses).toEqual(losses.toSorted((a, b) => b - a))
  expect(losses.at(-1)).toBeLessThan(0.95 * losses[0])
})

test('an antialiased position embedding itself learns, through its Resize', async () => {
  const { losses, ops } = await trained(await network({ embedding: 'w.embedding', head: 'head' }))
  expect(ops).toContain('Resize')
  expect(losses).toEqual(losses.toSorted((a, b) => b - a))
  expect(losses.at(-1)).toBeLessThan(0.95 * losses[0])
})

test('an embedding cropped by a region does not learn, and the node that stands in the way is named', async () => {
  const cropped = { antialias: 0, exclude_outside: 0, coordinate_transformation_mode: 'tf_crop_and_resize' }
  const made = await network({ embedding: 'w.embedding', head: 'head' }, cropped)
  await expect(trained(made)).rejects.toThrow(/Resize \/pos_embed\/Resize .*tf_crop_and_resize/)
  const { losses } = await trained(await network({ embedding: 'embedding', head: 'w.head' }, cropped))
  expect(losses.at(-1)).toBeLessThan(0.95 * losses[0])
})
