import { expect, test } from 'vitest'
import { bytesOf } from '../../src/autodiff/index.ts'
import { updateGraph } from '../../src/learner/graphs.ts'
import { inputName } from '../../src/learner/input-name.ts'
import { layOut } from '../../src/learner/layout.ts'
import { adam, adamW, type Optimiser, sgd } from '../../src/learner/optimisers/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import clipping from '../golden/learner/clipping.json' with { type: 'json' }
import golden from '../golden/learner/optimisers.json' with { type: 'json' }
import { expectNear, wave } from './numbers.ts'

const groups = [
  { name: 'weights', match: (name: string) => name === 'w' },
  { name: 'biases', match: (name: string) => name === 'b' },
]
const entries = layOut(
  [
    { ref: { name: 'w', type: 'float32', dims: [3, 4] }, head: false, grows: false },
    { ref: { name: 'b', type: 'float32', dims: [3] }, head: false, grows: false },
  ],
  groups,
)
const float = (data: Float32Array, dims: readonly number[]) =>
  new Tensor('float32', data as Float32Array<ArrayBuffer>, dims)

/** The steps of the oracle: gradients that do not depend on the weights, the rate halved at step 6. */
async function trajectory(optimiser: Optimiser) {
  const graph = updateGraph(
    { entries, groups, optimiser, clip: undefined, anchored: false, byColumn: false },
    [0, 1],
  )
  const session = await openSession(bytesOf(graph.parts), { threads: 1, label: optimiser.name })
  const weights = [wave(12), wave(3, 20)]
  const kept = entries.map(({ length }) => optimiser.keeps.map(() => new Float32Array(length)))
  for (let n = 0; n < 12; n++) {
    const gradients = [wave(12, 100 + 7 * n, 0.5), wave(3, 300 + 7 * n, 0.5)]
    const feeds: Record<string, Tensor> = {}
    for (const [place, entry] of entries.entries()) {
      const { name, dims } = entry.ref
      const rate = [optimiser.rate, 0.02][place] * (n < 6 ? 1 : 0.5)
      feeds[name] = float(weights[place], dims)
      feeds[inputName.gradient(name)] = float(gradients[place], dims)
      optimiser.keeps.forEach((what, k) => {
        feeds[inputName.kept(what, name)] = float(kept[place][k], dims)
      })
      const numbers = optimiser.numbersAt({ rate, count: n + 1, weightDecay: optimiser.weightDecay })
      optimiser.numbers.forEach((what, k) => {
        feeds[inputName.number(what, entry, groups)] = float(Float32Array.of(numbers[k]), [])
      })
    }
    const outputs = await session.run(feeds)
    for (const place of entries.keys()) {
      weights[place] = outputs[graph.weights.get(place)!].data as Float32Array<ArrayBuffer>
      kept[place] = graph.kept.get(place)!.map((name) => outputs[name].data as Float32Array<ArrayBuffer>)
    }
  }
  await session.release()
  return weights
}

const optimisers: Record<keyof typeof golden, Optimiser> = {
  sgd: sgd({ rate: 0.1 }),
  'sgd-decay': sgd({ rate: 0.1, weightDecay: 0.01 }),
  'sgd-momentum': sgd({ rate: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  'sgd-nesterov': sgd({ rate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true }),
  adam: adam({ rate: 0.1 }),
  'adam-decay': adam({ rate: 0.1, betas: [0.8, 0.99], epsilon: 1e-6, weightDecay: 0.05 }),
  adamw: adamW({ rate: 0.1, weightDecay: 0.05 }),
}

for (const [name, optimiser] of Object.entries(optimisers)) {
  test(`${name} ends where PyTorch ends`, async () => {
    const [w, b] = await trajectory(optimiser)
    expectNear(w, golden[name as keyof typeof golden].w, 1e-6)
    expectNear(b, golden[name as keyof typeof golden].b, 1e-6)
  })
}

for (const limit of [0.3, 30] as const) {
  test(`gradients are cut to a length of ${limit} all together, as PyTorch cuts them`, async () => {
    const plan = {
      entries,
      groups,
      optimiser: sgd({ rate: 1 }),
      clip: limit,
      anchored: false,
      byColumn: false,
    }
    const graph = updateGraph(plan, [0, 1])
    const session = await openSession(bytesOf(graph.parts), { threads: 1, label: 'clipping' })
    const one = float(Float32Array.of(1), [])
    const outputs = await session.run({
      w: float(new Float32Array(12), [3, 4]),
      b: float(new Float32Array(3), [3]),
      [inputName.gradient('w')]: float(wave(12, 100, 0.5), [3, 4]),
      [inputName.gradient('b')]: float(wave(3, 300, 0.5), [3]),
      ...Object.fromEntries(entries.map((entry) => [inputName.number('rate', entry, groups), one])),
    })
    await session.release()
    const { norm, gradient } = clipping[`limit ${limit}`]
    expect((outputs[graph.norm!].data as Float32Array)[0]).toBeCloseTo(norm, 6)
    const moved = [0, 1].flatMap((place) =>
      Array.from(outputs[graph.weights.get(place)!].data as Float32Array),
    )
    expectNear(
      moved.map((w) => -w),
      gradient,
      1e-6,
    )
  })
}

test('Nesterov without momentum is refused', () => {
  expect(() => sgd({ rate: 0.1, nesterov: true })).toThrow('momentum')
})
