import { expect, test } from 'vitest'
import { crossEntropy, type LearnerOptions, learner, sgd } from '../../src/learner/index.ts'
import { buildModel, edited, type Prefix, readModel } from '../../src/onnx/index.ts'
import { batchOf, convolutional, perceptron } from './networks.ts'
import { expectNear, wave } from './numbers.ts'

const bytes = (count: number, phase: number) =>
  Uint8Array.from({ length: count }, (_, i) => 100 + 100 * Math.sin(12.9898 * (i + phase)))

/** uint8 [batch, 3, 8, 8] as numbers, 0 … 1. */
const view: Prefix = {
  inputs: { view: { type: 'uint8', shape: ['batch', 3, 8, 8] } },
  nodes: [
    { op: 'Cast', inputs: ['view'], outputs: ['numbers'], attributes: { to: 1 } },
    { op: 'Mul', inputs: ['numbers', 'kernel'], outputs: ['scaled'] },
  ],
  constants: { kernel: { type: 'float32', dims: [], data: [1 / 255] } }, // the network has a kernel of its own
  output: 'scaled',
}

/** uint8 [batch, 3, 4, 4], each pixel four times. */
const pixels: Prefix = {
  inputs: { pixels: { type: 'uint8', shape: ['batch', 3, 4, 4] } },
  nodes: [
    { op: 'Cast', inputs: ['pixels'], outputs: ['numbers'], attributes: { to: 1 } },
    {
      op: 'Resize',
      inputs: ['numbers', '', 'factors'],
      outputs: ['large'],
      attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    },
    { op: 'Mul', inputs: ['large', 'share'], outputs: ['scaled'] },
  ],
  constants: {
    factors: { type: 'float32', dims: [4], data: [1, 1, 2, 2] },
    share: { type: 'float32', dims: [1, 1, 1, 1], data: [1 / 255] },
  },
  output: 'scaled',
}

const options: LearnerOptions = {
  model: convolutional(),
  head: { kind: 'linear', classes: 3 },
  trainable: 'all',
  loss: crossEntropy(),
  optimiser: sgd({ rate: 0.1, momentum: 0.9 }),
  batch: 6,
  threads: 1,
  seed: 0,
}

/** What the front makes of small pictures, by hand. */
function enlarged(small: Uint8Array): Float32Array {
  return Float32Array.from({ length: small.length * 4 }, (_, i) => {
    const [map, y, x] = [i >> 6, (i >> 3) & 7, i & 7]
    return small[16 * map + 4 * (y >> 1) + (x >> 1)] / 255
  })
}

for (const batchNorm of ['frozen', 'training'] as const) {
  test(`pictures shown in three ways train one set of weights, BatchNormalization ${batchNorm}`, async () => {
    const [fronted, bare] = [
      await learner({ ...options, batchNorm, fronts: { pixels, view } }),
      await learner({ ...options, batchNorm }),
    ]
    const { targets } = batchOf(6, 3)
    const small = bytes(6 * 3 * 16, 7)
    const large = bytes(6 * 3 * 64, 9)
    const own = wave(6 * 3 * 64, 11)
    const numbers = Float32Array.from(large, (byte) => byte / 255)
    const shown = [
      [{ pixels: small }, { x: enlarged(small) }],
      [{ view: large }, { x: numbers }],
      [{ x: own }, { x: own }],
    ] as const
    expect(fronted.entries.map(({ ref }) => ref.name)).toEqual(bare.entries.map(({ ref }) => ref.name))
    for (const [given, plain] of shown) {
      const [a, b] = [
        await fronted.step({ inputs: given, targets }),
        await bare.step({ inputs: plain, targets }),
      ]
      expect(a.loss).toBeCloseTo(b.loss, 5)
      expectNear(fronted.weights(), bare.weights(), 1e-5)
    }
    for (const [given, plain] of shown) {
      expectNear(await fronted.scores(given), await bare.scores(plain), 1e-5)
      expectNear(await fronted.features(given), await bare.features(plain), 1e-5)
    }
    const kernel = readModel(fronted.export(), 'exported').graph
    expect(kernel.inputs.map(({ name }) => name)).toEqual(['x'])
    await fronted.release()
    await bare.release()
  })
}

test('a short batch and a long one are shown by the same front', async () => {
  const subject = await learner({ ...options, fronts: { view } })
  const whole = bytes(14 * 3 * 64, 3)
  const all = await subject.scores({ view: whole })
  expect(all).toHaveLength(42)
  expect(await subject.scores({ view: whole.subarray(13 * 192) })).toEqual(all.subarray(39))
  const { loss } = await subject.step({ inputs: { view: whole }, targets: batchOf(14, 3).targets })
  expect(loss).toBeGreaterThan(0)
  await subject.release()
})

test('pictures that no front takes are refused, with what each would take', async () => {
  const subject = await learner({ ...options, fronts: { pixels, view } })
  const { targets } = batchOf(6, 3)
  await expect(subject.step({ inputs: { photo: bytes(96, 0) }, targets })).rejects.toMatchObject({
    code: 'learner-bad-batch',
    mend: 'Give the inputs of one: pixels (pixels) or view (view) or x (x).',
  })
  await expect(subject.operations({ front: 'photo' })).rejects.toThrow(
    'none is called photo: pixels, view, x',
  )
  await subject.release()
})

test('a front may call what it takes as the network calls a weight', async () => {
  const named: Prefix = {
    inputs: { w1: { type: 'uint8', shape: ['batch', 6] } },
    nodes: [{ op: 'Cast', inputs: ['w1'], outputs: ['numbers'], attributes: { to: 1 } }],
    output: 'numbers',
  }
  const subject = await learner({ ...options, model: perceptron(), fronts: { named } })
  const values = bytes(18, 4)
  const plain = await subject.scores({ x: Float32Array.from(values) })
  expect(await subject.scores({ w1: values })).toEqual(plain)
  await subject.release()
})

test('a network that takes pictures of any size takes those of its front', async () => {
  const shape = ['batch', 3, 'height', 'width']
  const open = edited(convolutional(), { inputs: { x: { type: 'float32', shape } } })
  const [fixed, any] = [
    await learner({ ...options, fronts: { view } }),
    await learner({ ...options, model: open, fronts: { view } }),
  ]
  const shown = { view: bytes(4 * 3 * 64, 1) }
  expect(await any.scores(shown)).toEqual(await fixed.scores(shown))
  await fixed.release()
  await any.release()
})

/** scores [batch, 2] = (x ⊙ Σ choice · gains) · w, as a prompt that is chosen; `pull` [batch, 1] = −Σ choice · keys. */
const choosing = readModel(
  buildModel({
    name: 'choosing',
    inputs: {
      x: { type: 'float32', shape: ['batch', 3] },
      choice: { type: 'float32', shape: ['batch', 4] },
    },
    outputs: {
      scores: { type: 'float32', shape: ['batch', 2] },
      pull: { type: 'float32', shape: ['batch', 1] },
      flat: { type: 'float32', shape: ['batch'] },
    },
    nodes: [
      { op: 'MatMul', inputs: ['choice', 'gains'], outputs: ['chosen'] },
      { op: 'Mul', inputs: ['x', 'chosen'], outputs: ['gained'] },
      { op: 'MatMul', inputs: ['gained', 'w'], outputs: ['scores'] },
      { op: 'MatMul', inputs: ['choice', 'keys'], outputs: ['key'] },
      { op: 'Neg', inputs: ['key'], outputs: ['pull'] },
      { op: 'Reshape', inputs: ['pull', 'row'], outputs: ['flat'] },
    ],
    constants: {
      gains: { type: 'float32', dims: [4, 3], data: wave(12, 5) },
      w: { type: 'float32', dims: [3, 2], data: wave(6, 40) },
      keys: { type: 'float32', dims: [4, 1], data: wave(4, 80) },
      row: { type: 'int64', dims: [1], data: [-1] },
    },
  }),
  'choosing',
)
const digits: Prefix = {
  inputs: { digits: { type: 'uint8', shape: ['batch', 3] } },
  nodes: [{ op: 'Cast', inputs: ['digits'], outputs: ['numbers'], attributes: { to: 1 } }],
  output: 'numbers',
}

for (const output of ['pull', 'flat']) {
  test(`a choice is fed beside the picture, and the term ${output} pulls at what was chosen, short batches too`, async () => {
    const subject = await learner({
      ...options,
      model: choosing,
      output: 'scores',
      head: 'none',
      terms: [{ output, weight: 0.5 }],
      optimiser: sgd({ rate: 1 }),
      fronts: { digits },
    })
    const choice = new Float32Array(5 * 4)
    ;[0, 1, 1, 2, 0].forEach((chosen, i) => (choice[4 * i + chosen] = 1))
    const inputs = { digits: Uint8Array.from({ length: 15 }, (_, i) => i % 4), choice }
    const place = subject.entries.find(({ ref }) => ref.name === 'keys')!
    const keys = () => subject.weights().subarray(place.offset, place.offset + 4)
    const before = keys()
    const scores = await subject.scores(inputs)
    const { targets } = batchOf(5, 2)
    const { loss } = await subject.step({ inputs, targets })
    const entropy = [0, 1, 2, 3, 4].reduce((sum, i) => {
      const [a, b] = scores.subarray(2 * i, 2 * i + 2)
      const right = targets.targets[2 * i] === 1 ? a : b
      return sum + (Math.log(Math.exp(a) + Math.exp(b)) - right) / 5
    }, 0)
    const shares = [2 / 5, 2 / 5, 1 / 5, 0]
    const pulled = shares.reduce((sum, share, k) => sum - 0.5 * share * before[k], 0)
    expect(loss).toBeCloseTo(entropy + pulled, 5)
    expectNear(
      keys(),
      Array.from(before, (key, k) => key + 0.5 * shares[k]),
      1e-6,
    )
    await expect(subject.step({ inputs: { digits: inputs.digits }, targets })).rejects.toThrow(
      'The batch has no choice',
    )
    await subject.release()
  })
}

test('a term that is not one number an example is refused', async () => {
  const terms = [{ output: 'scores', weight: 1 }]
  await expect(
    learner({ ...options, model: choosing, output: 'scores', head: 'none', terms }),
  ).rejects.toMatchObject({ code: 'learner-output', what: 'The term scores is of shape [examples, 2].' })
})
