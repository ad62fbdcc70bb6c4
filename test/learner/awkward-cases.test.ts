import { expect, test } from 'vitest'
import { crossEntropy, type Learner, learner, maskOf, oneHot, sgd } from '../../src/learner/index.ts'
import { buildModel, readModel } from '../../src/onnx/index.ts'
import { batchOf, perceptron } from './networks.ts'

/** What went wrong for users of tools like ours, as far as it lies in the learner and in no one method. */

function made(masked = false): Promise<Learner> {
  return learner({
    model: perceptron(),
    head: { kind: 'linear', classes: 6 },
    trainable: 'all',
    loss: crossEntropy({ masked }),
    optimiser: sgd({ rate: 0.02 }),
    batch: 8,
    threads: 1,
    seed: 'seed',
  })
}

const distance = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0))

test('the penalty for leaving an anchor is 0 at the anchor alone, and holds the weights the closer the stronger it is', async () => {
  const told = new Map<number, { penalties: number[]; away: number; weights: Float32Array }>()
  for (const strength of [0, 1, 20]) {
    const subject = await made()
    await subject.step(batchOf(8, 6, 0))
    const importance = new Float32Array(subject.weights().length).fill(1)
    subject.setAnchor({ strength, importance })
    const at = subject.weights()
    const penalties: number[] = []
    for (let n = 1; n <= 30; n++) penalties.push((await subject.step(batchOf(8, 6, 3))).penalty!)
    told.set(strength, { penalties, away: distance(subject.weights(), at), weights: subject.weights() })
    await subject.release()
  }
  const [none, some, much] = [0, 1, 20].map((strength) => told.get(strength)!)
  expect(none.penalties.every((penalty) => penalty === 0)).toBe(true)
  expect(some.penalties[0]).toBe(0) // it starts where it is anchored
  expect(some.penalties.slice(1).every((penalty) => penalty > 0)).toBe(true)
  expect(some.weights).not.toEqual(none.weights)
  expect(none.away).toBeGreaterThan(1.5 * some.away)
  expect(some.away).toBeGreaterThan(3 * much.away)
})

test('heads of other tasks have a gradient of zeros, so that dot products of gradients count what is shared', async () => {
  const subject = await made(true)
  const columns = [
    [0, 1],
    [2, 3],
    [4, 5],
  ]
  const gradients: Float32Array[] = []
  for (const [task, chosen] of columns.entries()) {
    const { inputs } = batchOf(8, 6, task)
    const labels = Array.from({ length: 8 }, (_, i) => chosen[i % 2])
    const targets = { targets: oneHot(labels, 6), mask: maskOf(chosen, 8, 6) }
    gradients.push((await subject.gradients({ inputs, targets })).gradients)
  }
  expect(gradients.every((one) => one.length === subject.weights().length)).toBe(true)
  const dot = (a: Float32Array, b: Float32Array, where: (i: number) => boolean) =>
    a.reduce((sum, value, i) => (where(i) ? sum + value * b[i] : sum), 0)
  const isHead = (i: number) =>
    subject.entries.some(({ grows, offset, length }) => grows && i >= offset && i < offset + length)
  for (const [task, one] of gradients.entries()) {
    for (const { offset, length } of subject.entries.filter(({ grows }) => grows)) {
      const moved = Array.from(one.subarray(offset, offset + length)).map((value) => value !== 0)
      moved.forEach((isMoved, i) => expect(isMoved).toBe(columns[task].includes(i % 6)))
    }
    for (const other of gradients.slice(task + 1)) {
      expect(dot(one, other, isHead)).toBe(0)
      expect(dot(one, other, () => true)).toBe(dot(one, other, (i) => !isHead(i)))
      expect(dot(one, other, () => true)).not.toBe(0)
    }
  }
  await subject.release()
})

test.each([
  ['two examples laid into one row', [1, -1], [1, 12]],
  ['one example cut into two rows', [-1, 3], [4, 3]],
])('a network with %s is refused before anything is learned', async (_, shape, made) => {
  const model = readModel(
    buildModel({
      inputs: { x: { type: 'float32', shape: ['batch', 6] } },
      outputs: { features: { type: 'float32' } },
      nodes: [
        { op: 'Mul', inputs: ['x', 'gain'], outputs: ['h'] },
        { op: 'Reshape', inputs: ['h', 'shape'], outputs: ['features'] },
      ],
      constants: {
        gain: { type: 'float32', dims: [6], data: [1, 2, 3, 4, 5, 6] },
        shape: { type: 'int64', dims: [2], data: shape },
      },
    }),
    'folded.onnx',
  )
  const options = {
    head: 'none',
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 1 }),
  } as const
  await expect(learner({ model, ...options, batch: 2, threads: 1, seed: 0 })).rejects.toMatchObject({
    code: 'learner-output',
    what: `Of 2 examples, the network makes features of shape [${made.join(', ')}], and not one row each.`,
  })
})

test('a network that makes its output of no input is refused', async () => {
  const model = readModel(
    buildModel({
      inputs: { x: { type: 'float32', shape: ['batch', 6] } },
      outputs: { features: { type: 'float32' } },
      nodes: [{ op: 'Tanh', inputs: ['gain'], outputs: ['features'] }],
      constants: { gain: { type: 'float32', dims: [1, 6], data: [1, 2, 3, 4, 5, 6] } },
    }),
    'deaf.onnx',
  )
  const options = {
    head: 'none',
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 1 }),
  } as const
  await expect(learner({ model, ...options, batch: 2, threads: 1, seed: 0 })).rejects.toMatchObject({
    code: 'learner-output',
    where: 'deaf.onnx',
  })
})
