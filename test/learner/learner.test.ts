import { expect, test } from 'vitest'
import {
  adam,
  adamW,
  crossEntropy,
  type Learner,
  type LearnerOptions,
  learner,
  maskOf,
  type Optimiser,
  oneHot,
  sgd,
  supervisedContrastive,
} from '../../src/learner/index.ts'
import { readModel } from '../../src/onnx/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { batchOf, perceptron } from './networks.ts'
import { expectNear } from './numbers.ts'

const optimisers: Record<string, Optimiser> = {
  sgd: sgd({ rate: 0.1, weightDecay: 0.01 }),
  momentum: sgd({ rate: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  nesterov: sgd({ rate: 0.1, momentum: 0.9, nesterov: true }),
  adam: adam({ rate: 0.01 }),
  adamw: adamW({ rate: 0.01 }),
}

function made(given: Partial<LearnerOptions> = {}): Promise<Learner> {
  return learner({
    model: perceptron(),
    head: { kind: 'linear', classes: 3 },
    trainable: 'all',
    loss: crossEntropy(),
    optimiser: optimisers.momentum,
    batch: 8,
    threads: 1,
    seed: 'seed',
    ...given,
  })
}

async function steps(subject: Learner, from: number, to: number, rows = 8): Promise<number[]> {
  const losses: number[] = []
  for (let n = from; n < to; n++) {
    losses.push((await subject.step(batchOf(rows, subject.classes, n))).loss)
  }
  return losses
}

test('of a cosine head the weights and the scale are trained, and not the tables that it counts with', async () => {
  const subject = await made({ head: { kind: 'cosine', classes: 3 } })
  const linear = await made()
  const names = (of: Learner) =>
    of.entries.map(({ ref }) => ref.name).filter((name) => name.startsWith('head.'))
  expect(names(subject)).toEqual(['head.weight', 'head.scale'])
  expect(names(linear)).toEqual(['head.weight', 'head.bias'])
  expect(subject.entries.length).toBe(linear.entries.length)
})

test('the loss falls', async () => {
  const subject = await made()
  const batch = batchOf(8, 3)
  const first = (await subject.step(batch)).loss
  for (let n = 0; n < 60; n++) await subject.step(batch)
  const { loss, scores } = await subject.step(batch)
  expect(loss).toBeLessThan(0.5 * first)
  expect(scores).toHaveLength(24)
  await subject.release()
})

for (const [name, optimiser] of Object.entries(optimisers)) {
  test(`${name}: a resumed learner goes on with the bits of one that never stopped`, async () => {
    const whole = await made({ optimiser })
    await steps(whole, 0, 4)
    whole.grow(2)
    await steps(whole, 4, 7)
    const saved = structuredClone(whole.save())
    const expected = await steps(whole, 7, 12)
    whole.grow(1)
    await steps(whole, 12, 14)

    const resumed = await made({ optimiser })
    resumed.load(saved)
    expect(await steps(resumed, 7, 12)).toEqual(expected)
    resumed.grow(1)
    await steps(resumed, 12, 14)
    expect(resumed.save()).toEqual(whole.save())
    await whole.release()
    await resumed.release()
  })
}

test('equal seeds give equal bits, with one thread and with two; another seed gives others', async () => {
  const [one, two, other] = await Promise.all([made(), made({ threads: 2 }), made({ seed: 'other' })])
  const losses = await steps(one, 0, 5)
  expect(await steps(two, 0, 5)).toEqual(losses)
  expect(two.weights()).toEqual(one.weights())
  expect(await steps(other, 0, 5)).not.toEqual(losses)
  for (const subject of [one, two, other]) await subject.release()
})

test('micro-batches give the gradient of the whole batch to 3e-7, the last one short', async () => {
  const whole = await made({ batch: 22 })
  const cut = await made({ batch: 4 })
  const batch = batchOf(22, 3)
  const [a, b] = [await whole.gradients(batch), await cut.gradients(batch)]
  const away = Math.hypot(...a.gradients.map((g, i) => g - b.gradients[i]))
  expect(away / Math.hypot(...a.gradients)).toBeLessThan(3e-7)
  expect(b.loss).toBeCloseTo(a.loss, 6)
  const [c, d] = [await whole.step(batch), await cut.step(batch)]
  expectNear(d.scores, c.scores, 1e-6)
  expectNear(cut.weights(), whole.weights(), 1e-6)
  await whole.release()
  await cut.release()
})

test('a gradient applied by itself is a step', async () => {
  const stepped = await made()
  const applied = await made()
  for (let n = 0; n < 3; n++) {
    const batch = batchOf(8, 3, n)
    await stepped.step(batch)
    await applied.apply((await applied.gradients(batch)).gradients)
  }
  expectNear(applied.weights(), stepped.weights(), 1e-6)
  await stepped.release()
  await applied.release()
})

test('gradients are those of central differences', async () => {
  const subject = await made()
  const batch = batchOf(8, 3)
  const { gradients } = await subject.gradients(batch)
  const weights = subject.weights()
  const lossAt = async (i: number, by: number) => {
    subject.setWeights(weights.with(i, weights[i] + by))
    const scores = await subject.scores(batch.inputs)
    let sum = 0
    for (let row = 0; row < 8; row++) {
      const z = Array.from(scores.subarray(3 * row, 3 * row + 3))
      const label = batch.targets.targets.subarray(3 * row, 3 * row + 3).indexOf(1)
      sum += Math.log(z.reduce((total, each) => total + Math.exp(each), 0)) - z[label]
    }
    return sum / 8
  }
  const h = 0.05
  for (let i = 0; i < weights.length; i += 7) {
    const near = (await lossAt(i, h)) - (await lossAt(i, -h))
    const far = (await lossAt(i, 2 * h)) - (await lossAt(i, -2 * h))
    expect(Math.abs((8 * near - far) / (12 * h) - gradients[i])).toBeLessThan(2e-5)
  }
  await subject.release()
})

test('squared gradients are taken example by example', async () => {
  const subject = await made()
  const single = await made({ batch: 1 })
  const batch = batchOf(5, 3)
  const squares = await subject.squaredGradients(batch)
  const sum = new Float64Array(squares.length)
  for (let i = 0; i < 5; i++) {
    const { gradients } = await single.gradients({
      inputs: { x: batch.inputs.x.slice(6 * i, 6 * i + 6) },
      targets: { targets: batch.targets.targets.slice(3 * i, 3 * i + 3) },
    })
    gradients.forEach((g, k) => (sum[k] += g * g))
  }
  expectNear(squares, sum, 1e-6)
  await subject.release()
  await single.release()
})

test('new classes leave the scores of known ones as they were, to the bit', async () => {
  const subject = await made({ optimiser: optimisers.adam })
  await steps(subject, 0, 3)
  const { inputs } = batchOf(8, 3)
  const before = await subject.scores(inputs)
  subject.grow(2)
  const after = await subject.scores(inputs)
  expect(subject.classes).toBe(5)
  expect(after.filter((_, i) => i % 5 < 3)).toEqual(before)
  await subject.release()
})

/** What the optimiser keeps of the column of class 0 in the head's weight. */
function keptOfFirstClass(subject: Learner): number[] {
  const { offset, length } = subject.entries.find(({ grows }) => grows)!
  const wide = subject.classes
  return subject
    .save()
    .kept.flatMap((flat) =>
      Array.from(flat.subarray(offset, offset + length)).filter((_, i) => i % wide === 0),
    )
}

test('growth keeps what Adam knows of old columns, and new ones begin with none', async () => {
  const subject = await made({ optimiser: optimisers.adam })
  await steps(subject, 0, 3)
  const before = keptOfFirstClass(subject)
  subject.grow(2)
  expect(keptOfFirstClass(subject)).toEqual(before)
  expect(before.some((value) => value !== 0)).toBe(true)
  expect(Array.from(subject.save().ages)).toEqual([3, 3, 3, 0, 0])
  await subject.release()
})

test('or growth begins the optimiser anew, where that is asked for', async () => {
  const subject = await made({ optimiser: optimisers.adam, optimiserState: 'reset' })
  await steps(subject, 0, 3)
  subject.grow(2)
  const { kept, steps: taken, ages } = subject.save()
  expect(kept.every((flat) => flat.every((value) => value === 0))).toBe(true)
  expect([...taken, ...ages]).toEqual([0, 0, 0, 0, 0, 0])
  await subject.release()
})

test('Adam’s first step of a new column is as long as its first step ever: the rate', async () => {
  const rate = 0.01
  const subject = await made({ optimiser: adam({ rate }) })
  await steps(subject, 0, 9)
  subject.grow(1)
  const before = subject.weights()
  await subject.step(batchOf(8, 4, 9))
  const after = subject.weights()
  const { offset, length } = subject.entries.find(({ grows }) => grows)!
  for (let i = offset + 3; i < offset + length; i += 4) {
    expect(Math.abs(after[i] - before[i])).toBeCloseTo(rate, 5)
  }
  await subject.release()
})

const slowBody = [
  { name: 'body', match: 'backbone', factor: 0.01, weightDecay: 0 },
  { name: 'head', match: 'head' },
] as const

test('each group moves at its own rate', async () => {
  const subject = await made({ optimiser: sgd({ rate: 0.5 }), groups: slowBody })
  const batch = batchOf(8, 3)
  const { gradients } = await subject.gradients(batch)
  const before = subject.weights()
  await subject.step(batch, { rate: 0.2 })
  const after = subject.weights()
  for (const { offset, length, group } of subject.entries) {
    const rate = group === 0 ? 0.002 : 0.2
    for (let i = offset; i < offset + length; i++) {
      expect(after[i]).toBeCloseTo(before[i] - rate * gradients[i], 6)
    }
  }
  await subject.release()
})

test('a frozen group stays as it is, to the bit, and learns again afterwards', async () => {
  const subject = await made({ groups: slowBody })
  await steps(subject, 0, 3)
  const head = subject.entries.filter(({ group }) => group === 1).map(({ offset }) => offset)
  const body = () => subject.weights().subarray(0, Math.min(...head))
  const before = body()
  await subject.step(batchOf(8, 3, 3), { frozen: ['body'] })
  expect(body()).toEqual(before)
  expect(Array.from(subject.save().steps)).toEqual([3, 4])
  await subject.step(batchOf(8, 3, 4))
  expect(body()).not.toEqual(before)
  await expect(subject.step(batchOf(8, 3), { frozen: ['neck'] })).rejects.toThrow('no group is called neck')
  await subject.release()
})

test('only the head is trained where nothing else is', async () => {
  const subject = await made({ trainable: 'none' })
  expect(subject.entries.map(({ ref }) => ref.name)).toEqual(['head.weight', 'head.bias'])
  const { inputs } = batchOf(8, 3)
  const before = await subject.features(inputs)
  await steps(subject, 0, 3)
  expect(await subject.features(inputs)).toEqual(before)
  await subject.release()
})

test('a pull towards an anchor: its value, its gradient, and none on what came later', async () => {
  const subject = await made({ optimiser: sgd({ rate: 1 }) })
  await steps(subject, 0, 2)
  const size = subject.weights().length
  const importance = Float32Array.from({ length: size }, (_, i) => (i % 3) / 2)
  subject.setAnchor({ strength: 0.7, importance })
  const at = subject.weights()
  subject.setWeights(at.map((w, i) => w + (i % 2 === 0 ? 0.1 : -0.2)))
  const batch = batchOf(8, 3, 5)
  const { gradients } = await subject.gradients(batch)
  const before = subject.weights()
  const { penalty } = await subject.step(batch)
  const after = subject.weights()
  let value = 0
  for (let i = 0; i < size; i++) {
    const shift = before[i] - at[i]
    value += 0.7 * importance[i] * shift * shift
    expect(before[i] - after[i]).toBeCloseTo(gradients[i] + 2 * 0.7 * importance[i] * shift, 5)
  }
  expect(penalty).toBeCloseTo(value, 5)

  subject.grow(1)
  const { importance: wide } = subject.save().anchor!
  const { offset, length } = subject.entries.find(({ grows }) => grows)!
  expect(Array.from(wide.subarray(offset, offset + length)).filter((_, i) => i % 4 === 3)).toEqual(
    Array(5).fill(0),
  )
  subject.setAnchor(null)
  expect((await subject.step(batchOf(8, 4))).penalty).toBeUndefined()
  await subject.release()
})

test('a long gradient is cut, and its length is told', async () => {
  const subject = await made({ optimiser: sgd({ rate: 1 }), clip: 0.05 })
  const before = subject.weights()
  const { norm } = await subject.step(batchOf(8, 3))
  const after = subject.weights()
  expect(norm).toBeGreaterThan(0.05)
  expect(Math.hypot(...after.map((w, i) => w - before[i]))).toBeCloseTo(0.05, 5)
  await subject.release()
})

test('what is exported is a network that any other runtime opens, for any number of examples', async () => {
  const subject = await made({ head: { kind: 'cosine', classes: 3 } })
  await steps(subject, 0, 3)
  subject.grow(2)
  await steps(subject, 3, 5)
  const bytes = subject.export()
  expect(readModel(bytes, 'exported').graph.inputs.map(({ name }) => name)).toEqual(['x'])
  const session = await openSession(bytes, { threads: 1, label: 'exported' })
  const { inputs } = batchOf(11, 5)
  const outputs = await session.run({ x: new Tensor('float32', inputs.x, [11, 6]) })
  expectNear(outputs.scores.data as Float32Array, await subject.scores(inputs), 1e-6)
  expectNear(outputs.features.data as Float32Array, await subject.features(inputs), 1e-6)
  await session.release()
  await subject.release()
})

test('a batch that does not fit is refused by name', async () => {
  const subject = await made()
  const { inputs, targets } = batchOf(8, 3)
  await expect(subject.step({ inputs: {}, targets })).rejects.toMatchObject({ code: 'learner-bad-batch' })
  await expect(subject.step({ inputs, targets: {} })).rejects.toThrow('The batch has no targets; it has x')
  await expect(subject.step({ inputs: { x: inputs.x.slice(1) }, targets })).rejects.toThrow(
    'x has 47 values, and an example has 6',
  )
  await expect(subject.step({ inputs, targets: { targets: new Float32Array(21) } })).rejects.toThrow(
    'targets is of 7 examples',
  )
  expect((await subject.step({ inputs, targets })).loss).toBeGreaterThan(0)
  await subject.release()
})

test('a loss between examples is not cut into micro-batches', async () => {
  const subject = await made({ loss: supervisedContrastive() })
  expect((await subject.step(batchOf(8, 3))).loss).toBeGreaterThan(0)
  await expect(subject.step(batchOf(9, 3))).rejects.toMatchObject({ code: 'learner-batch-cannot-be-cut' })
  await subject.release()
})

test('sessions come and go forty times, and memory stays where it was', async () => {
  const resident: number[] = []
  for (let n = 0; n < 40; n++) {
    const subject = await made()
    await subject.step(batchOf(8, 3))
    await subject.scores(batchOf(8, 3).inputs)
    await subject.release()
    resident.push(process.memoryUsage().rss / 1e6)
  }
  expect(resident[39] - resident[9]).toBeLessThan(40)
}, 60_000)

test('a state of another optimiser or another network is refused by name', async () => {
  const [subject, other] = [await made(), await made({ optimiser: optimisers.adam })]
  const narrow = await made({ trainable: 'none' })
  for (const state of [other.save(), narrow.save()]) {
    expect(() => subject.load(state)).toThrow(expect.objectContaining({ code: 'learner-state-mismatch' }))
  }
  for (const each of [subject, other, narrow]) await each.release()
})

test('what the loss does not depend on has a gradient of 0 and stays as it is', async () => {
  const subject = await made({ loss: supervisedContrastive(), optimiser: optimisers.sgd })
  const { gradients } = await subject.gradients(batchOf(8, 3))
  const head = subject.entries.filter(({ ref }) => ref.name.startsWith('head.'))
  const before = subject.weights()
  await subject.step(batchOf(8, 3))
  const after = subject.weights()
  expect(head).toHaveLength(2)
  for (const { offset, length } of head) {
    expect(gradients.subarray(offset, offset + length).every((g) => g === 0)).toBe(true)
    expect(after.subarray(offset, offset + length)).toEqual(before.subarray(offset, offset + length))
  }
  expect(after).not.toEqual(before)
  await subject.release()
})

test('another loss takes over between two steps', async () => {
  const subject = await made()
  await steps(subject, 0, 2)
  subject.setLoss(crossEntropy({ masked: true }))
  const { inputs } = batchOf(8, 3)
  const hot = oneHot(Array(8).fill(2), 3)
  const { loss } = await subject.step({ inputs, targets: { targets: hot, mask: maskOf([2], 8, 3) } })
  expect(loss).toBeCloseTo(0, 6)
  await subject.release()
})

test('numbers that cannot be meant are refused before anything is built', async () => {
  await expect(made({ batch: 0 })).rejects.toThrow('batch: 0 is not 1 or more')
  await expect(made({ head: { kind: 'linear', classes: 0 } })).rejects.toThrow('classes: 0')
  await expect(made({ clip: 0 })).rejects.toThrow('clip: 0')
  await expect(made({ groups: [slowBody[0], slowBody[0]] })).rejects.toThrow('two are called body')
  await expect(made({ groups: [slowBody[0]] })).rejects.toThrow('head.weight belongs to no group')
  const subject = await made()
  expect(() => subject.setWeights(new Float32Array(3))).toThrow('weights: 3 values for 119 weights')
  expect(() => subject.setAnchor({ strength: 1, importance: new Float32Array(3) })).toThrow('importance: 3')
  await expect(subject.apply(new Float32Array(3))).rejects.toThrow('gradients: 3')
  expect(() => subject.grow(0)).toThrow('grow: 0 classes')
  await subject.release()
})

test('a head stands on one vector an example', async () => {
  await expect(made({ output: 'nose' })).rejects.toMatchObject({ code: 'learner-output' })
})
