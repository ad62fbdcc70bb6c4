import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fecam } from '../../baselines/fecam.ts'
import { knn } from '../../baselines/knn.ts'
import { ranpac } from '../../baselines/ranpac.ts'
import { ridge } from '../../baselines/ridge.ts'
import type { Images, Method, OptionValue } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { embeddingBackbone } from '../fixtures/backbones.ts'
import { atStep } from '../fixtures/places.ts'

/** From test/oracles/frozen_features.py. */
const golden = JSON.parse(
  readFileSync(new URL('../golden/methods/frozen-features.json', import.meta.url), 'utf8'),
)

type Rows = readonly (readonly number[])[]
type Points = Images & { rows: Rows }
const points = (rows: Rows): Points => ({ length: rows.length, rows })

/** A method that learns one task after another from points, each task in one batch, and answers with lists of scores. */
async function pupil(method: Method, dimension: number, options: Record<string, OptionValue> = {}) {
  const learner = await method.start({
    backbone: embeddingBackbone(dimension, (images) => Float32Array.from((images as Points).rows.flat())),
    options: { ...method.options, ...options },
    random: (purpose) => chance(purpose) as never,
    scenario: 'class-incremental',
    count: () => {},
  })
  let index = 0
  return {
    learner,
    async learn(rows: Rows, labels: readonly number[]) {
      const classes = [...new Set(labels)]
      learner.newClasses?.(classes)
      for (const stage of learner.stages({ index: index++, classes })) {
        if (!('over' in stage)) throw new Error(`${stage.name} is no pass over images`)
        await stage.step({ images: points(rows), labels: Int32Array.from(labels) }, atStep(0, 1))
      }
      await learner.settle?.()
    },
    async scores(asked: Rows): Promise<number[][]> {
      const [scores] = Object.values(await learner.predict(points(asked)))
      const columns = scores.length / asked.length
      return asked.map((_, i) => Array.from(scores.subarray(i * columns, (i + 1) * columns)))
    },
  }
}

const wave = (n: number, d: number, phase: number): number[][] =>
  Array.from({ length: n }, (_, i) =>
    Array.from({ length: d }, (_, j) => Math.fround(Math.sin(0.7 * (i * d + j + phase) ** 2))),
  )

/** Two classes, one image after another; class c is moved along its own axis. */
function taskOf(first: number, n: number, d: number) {
  const labels = Array.from({ length: n }, (_, i) => first + (i % 2))
  const rows = wave(n, d, 500 * first).map((row, i) =>
    row.map((value, j) => Math.fround(value + (j === labels[i] % d ? 0.75 : 0))),
  )
  return { rows, labels }
}

function expectClose(scores: Rows, expected: Rows, digits = 6) {
  expect(scores.map((row) => row.length)).toEqual(expected.map((row) => row.length))
  scores.forEach((row, i) => {
    row.forEach((score, k) => {
      expect(score, `row ${i}, class ${k}`).toBeCloseTo(expected[i][k], digits)
    })
  })
}

test.each([
  [1, [0.571429, 0.038095]],
  [0.1, [0.737243, -0.139748]],
])(
  'ridge with λ %f: after (1,0,2) (0,1,1) (2,1,0) (1,1,1) of 0 1 0 1 the point (1,0,1) scores %j',
  async (lambda, expected) => {
    const { learn, scores } = await pupil(ridge, 3, { lambda })
    await learn(
      [
        [1, 0, 2],
        [0, 1, 1],
        [2, 1, 0],
        [1, 1, 1],
      ],
      [0, 1, 0, 1],
    )
    expectClose(await scores([[1, 0, 1]]), [expected])
    const unit = await scores([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
    if (lambda !== 1) return
    expectClose(unit, [
      [0.428571, -0.171429],
      [-0.142857, 0.52381],
      [0.142857, 0.209524],
    ])
  },
)

test.each(['features', 'examples'])(
  'ridge chooses λ and scores, task after task, as NumPy does, where there are fewer %s',
  async (fewer) => {
    const { dimension, images, lambdas, scores } = golden.ridge[fewer]
    expect(fewer === 'features').toBe(dimension < 0.8 * images)
    const { learner, ...is } = await pupil(ridge, dimension)
    expect(learner.chosen?.()).toEqual({})
    for (const [t, expected] of scores.entries()) {
      const { rows, labels } = taskOf(2 * t, images, dimension)
      await is.learn(rows, labels)
      expectClose(await is.scores(wave(5, dimension, 777)), expected)
      expect(learner.chosen?.()).toEqual({ lambda: { value: lambdas[t], atEnd: false } })
    }
  },
)

test('ranpac is ridge on relu(f W), with W drawn from the seed', async () => {
  const size = 7
  const random = chance('projection')
  const W = Array.from({ length: size }, () => Array.from({ length: 4 }, () => Math.fround(random.normal())))
  const projected = (rows: Rows) =>
    rows.map((f) =>
      W.map((w) =>
        Math.max(
          0,
          w.reduce((sum, value, j) => sum + value * f[j], 0),
        ),
      ),
    )
  const direct = await pupil(ranpac, 4, { projection: size })
  const byHand = await pupil(ridge, size)
  for (const first of [0, 2]) {
    const { rows, labels } = taskOf(first, 30, 4)
    await direct.learn(rows, labels)
    await byHand.learn(projected(rows), labels)
  }
  const asked = wave(6, 4, 91)
  expectClose(await direct.scores(asked), await byHand.scores(projected(asked)), 5)
})

test('ranpac refuses a projection on nothing, and one that would not fit into memory, before it learns', async () => {
  await expect(pupil(ranpac, 4, { projection: 0 })).rejects.toMatchObject({ code: 'projection-size' })
  await expect(pupil(ridge, 2_000_000)).rejects.toMatchObject({
    code: 'not-enough-memory',
    what: expect.stringContaining('needs 80000.0 GB'),
  })
})

test('a task of one image keeps the λ before it, and a class announced and never shown scores lowest', async () => {
  const { learn, learner, scores } = await pupil(ridge, 2)
  await learn([[1, 0]], [0])
  learner.newClasses?.([1])
  expect(learner.chosen?.()).toEqual({ lambda: { value: 1, atEnd: false } })
  const [[known, unseen]] = await scores([[1, 0]])
  expect(known).toBeCloseTo(0.5, 6) // 1 / (1 + λ)
  expect(unseen).toBeLessThan(-1e38)
})

test('where what was fitted misleads, the largest λ is best, and ridge says that it is the end of its grid', async () => {
  const { learn, learner, scores } = await pupil(ridge, 2)
  const rows = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? [1, 0] : [0, 1]))
  await learn(rows, [0, 1, 0, 1, 0, 1, 0, 1, 1, 0]) // the last fifth is labelled the other way round
  expect(learner.chosen?.()).toEqual({ lambda: { value: 1e8, atEnd: true } })
  expect((await scores(rows)).flat().every(Number.isFinite)).toBe(true)
})

test('a λ that is given is no choice', async () => {
  const { learn, learner } = await pupil(ridge, 3, { lambda: 2 })
  await learn(wave(4, 3, 11), [0, 1, 0, 1])
  expect(learner.chosen?.()).toEqual({})
})

const resnet = {
  tukey: 0.5,
  alpha1: 1,
  alpha2: 1,
  shrinkages: 2,
  unit: 'difference',
  firstTask: 'cosine',
}

test('fecam by the ViT convention has the distances that NumPy has, with one covariance a class', async () => {
  const { dimension, images, distances } = golden.fecam.vit
  const { learn, scores } = await pupil(fecam, dimension)
  for (const [t, expected] of distances.entries()) {
    const { rows, labels } = taskOf(2 * t, images, dimension)
    await learn(
      rows.map((row) => row.map(Math.abs)),
      labels,
    )
    const asked = wave(5, dimension, 555).map((row) => row.map(Math.abs))
    expectClose(
      await scores(asked),
      expected.map((row: number[]) => row.map((d) => -d)),
      5,
    )
  }
})

test('fecam by the ResNet convention takes cosines in the first task and distances from then on', async () => {
  const { dimension, images, distances, cosines } = golden.fecam.resnet
  const { learn, scores } = await pupil(fecam, dimension, resnet)
  const asked = wave(5, dimension, 555).map((row) => row.map(Math.abs))
  const learnTask = async (t: number) => {
    const { rows, labels } = taskOf(2 * t, images, dimension)
    await learn(
      rows.map((row) => row.map(Math.abs)),
      labels,
    )
  }
  await learnTask(0)
  expectClose(
    await scores(asked),
    asked.map((_, i) => [cosines[0][i], cosines[1][i]]),
    6,
  )
  await learnTask(1)
  expectClose(
    await scores(asked),
    distances[1].map((row: number[]) => row.map((d) => -d)),
    5,
  )
})

test('fecam says that a backbone with negative features takes no power of Tukey’s but 1', async () => {
  const { learn } = await pupil(fecam, 2, resnet)
  await expect(learn([[1, -1]], [0])).rejects.toMatchObject({ code: 'tukey-negative' })
  const zeroth = await pupil(fecam, 2, { ...resnet, tukey: 0 })
  await expect(zeroth.learn([[1, 1]], [0])).rejects.toMatchObject({ code: 'tukey-power' })
})

test('to a class of one image fecam measures with Euclid', async () => {
  const { learn, scores } = await pupil(fecam, 2)
  await learn([[1, 0]], [0])
  expectClose(await scores([[0, 2]]), [[-2]])
})

test.each(['cosine', 'euclid'])('knn counts the votes that NumPy counts, by %s', async (distance) => {
  const { dimension, images, k, votes } = golden.knn[distance]
  const { learn, scores } = await pupil(knn, dimension, { k, distance })
  for (const first of [0, 2]) {
    const { rows, labels } = taskOf(first, images, dimension)
    await learn(rows, labels)
  }
  const counted = (await scores(wave(8, dimension, 333))).map((row) => row.map(Math.floor))
  expect(counted).toEqual(votes)
})

test('of classes with one vote each knn answers the nearer one; of equally near ones the first', async () => {
  const { learn, scores } = await pupil(knn, 2, { k: 2, distance: 'euclid' })
  await learn(
    [
      [0, 0],
      [1, 0],
      [9, 9],
    ],
    [5, 6, 7],
  )
  expect((await scores([[0.9, 0]]))[0].map(Math.floor)).toEqual([1, 1, 0])
  const [near, far, third] = (await scores([[0.1, 0]]))[0]
  expect(near).toBeGreaterThan(far)
  expect(far).toBeGreaterThan(third)
  const [[first, second]] = await scores([[0.5, 0]])
  expect(first).toBeGreaterThan(second)
})

test('a class-balanced knn of 5 keeps the first of each class, and never a sixth', async () => {
  const { learn, learner } = await pupil(knn, 1, { keep: 'class-balanced', exemplars: 5 })
  const kept = () => {
    const { store } = learner.parts.neighbours.save() as never as {
      store: { labels: Int32Array; kept: { rows: Float32Array }[] }
    }
    return store.kept.map(({ rows }) => [...rows])
  }
  await learn([[1], [2], [3], [4], [5], [6]], [0, 0, 0, 0, 0, 0])
  expect(kept()).toEqual([[1, 2, 3, 4, 5]])
  await learn([[10], [11], [20], [12], [21]], [1, 1, 2, 1, 2])
  expect(kept()).toEqual([[1, 2], [10, 11], [20]])
})

test.each([
  [knn, { distance: 'cosin' }, 'option-not-known'],
  [knn, { keep: 'some' }, 'option-not-known'],
  [knn, { k: 0 }, 'neighbours'],
  [knn, { keep: 'class-balanced', exemplars: -1 }, 'buffer-size'],
  [fecam, { unit: 'mean' }, 'option-not-known'],
  [fecam, { firstTask: 'euclid' }, 'option-not-known'],
])('$name refuses %j by name', async (method, options, code) => {
  await expect(pupil(method as Method, 2, options as never)).rejects.toMatchObject({ code })
})
