import { expect, test } from 'vitest'
import { chance as chanceFloor } from '../../baselines/chance.ts'
import { erHead } from '../../baselines/er.head.ts'
import { majority } from '../../baselines/majority.ts'
import { naiveHead } from '../../baselines/naive.head.ts'
import { nmc } from '../../baselines/nmc.ts'
import { simplecil } from '../../baselines/simplecil.ts'
import { slda } from '../../baselines/slda.ts'
import type { Images, Method, OptionValue, Scores } from '../../src/method/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { embeddingBackbone } from '../fixtures/backbones.ts'
import { atStep } from '../fixtures/places.ts'

type Rows = readonly (readonly number[])[]
type Points = Images & { rows: Rows }
const points = (rows: Rows): Points => ({ length: rows.length, rows })

/** Shows a method these points in one batch, as one task, and asks for the scores of others. */
async function taught(
  method: Method,
  rows: Rows,
  labels: readonly number[],
  options: Record<string, OptionValue> = {},
) {
  const learner = await method.start({
    backbone: embeddingBackbone(rows[0].length, (images) =>
      Float32Array.from((images as Points).rows.flat()),
    ),
    options: { ...method.options, ...options },
    random: (purpose) => chance(purpose) as never,
    scenario: 'class-incremental',
    count: () => {},
  })
  const classes = [...new Set(labels)]
  learner.newClasses?.(classes)
  for (const stage of learner.stages({ index: 0, classes })) {
    // Heads learn three times from it, so that a buffer has something to replay.
    for (let pass = 0; pass < (method.needs.gradients === 'head' ? 3 : 1); pass++) {
      if ('over' in stage)
        await stage.step({ images: points(rows), labels: Int32Array.from(labels) }, atStep(pass, 3))
    }
  }
  return async (...asked: Rows[number][]): Promise<Scores> =>
    Object.values(await learner.predict(points(asked)))[0]
}

test('nmc: of (3,4) (0,2) and (4,0) (1,0), the point (1,1) is 0.202944 and 0.585786 away, squared', async () => {
  const scores = await taught(
    nmc,
    [
      [3, 4],
      [0, 2],
      [4, 0],
      [1, 0],
    ],
    [0, 0, 1, 1],
  )
  const [a, b] = await scores([1, 1])
  expect(a).toBeCloseTo(-0.202944, 6)
  expect(b).toBeCloseTo(-0.585786, 6)
})

test('simplecil: to the same classes the point (1,1) has the cosines 0.948683 and 0.707107', async () => {
  const scores = await taught(
    simplecil,
    [
      [3, 4],
      [0, 2],
      [4, 0],
      [1, 0],
    ],
    [0, 0, 1, 1],
  )
  const [a, b] = await scores([1, 1])
  expect(a).toBeCloseTo(0.948683, 6)
  expect(b).toBeCloseTo(Math.SQRT1_2, 6)
})

test('slda: after (1,0) (3,0) of 0, (0,2) (0,4) of 1, (2,1) of 0, the point (1,1) scores 0.214782 and −1.159820', async () => {
  const scores = await taught(
    slda,
    [
      [1, 0],
      [3, 0],
      [0, 2],
      [0, 4],
      [2, 1],
    ],
    [0, 0, 1, 1, 0],
  )
  const [a, b] = await scores([1, 1])
  expect(a).toBeCloseTo(0.214782, 6)
  expect(b).toBeCloseTo(-1.15982, 6)
})

test('majority: 3 of class 7, 1 of class 2 give 75 % and 25 %, whatever is asked', async () => {
  const scores = await taught(majority, [[0], [0], [0], [0]], [7, 2, 7, 7])
  expect(Array.from(await scores([5], [-5]))).toEqual([0.75, 0.25, 0.75, 0.25])
})

test('chance: over 3,000 images each of 6 classes is answered equally often, and so is each of a task of 2', async () => {
  const scores = await taught(chanceFloor, [[0, 0]], [0, 1, 2, 3, 4, 5])
  const random = chance('images')
  const images = Array.from({ length: 3000 }, () => [random.normal(), random.normal()])
  const all = await scores(...images)
  const times = new Array(6).fill(0)
  let first = 0
  for (let i = 0; i < images.length; i++) {
    const row = all.subarray(i * 6, i * 6 + 6)
    times[row.indexOf(Math.max(...row))]++
    if (row[2] > row[3]) first++
  }
  const chi2 = times.reduce((sum, n) => sum + (n - 500) ** 2 / 500, 0)
  expect(chi2).toBeLessThan(20.5) // 5 degrees of freedom, 99.9 %
  expect(Math.abs(first - 1500)).toBeLessThan(3.3 * Math.sqrt(750))
})

const many = Array.from({ length: 60 }, (_, i) => [Math.cos(i % 6), Math.sin(i % 6), 0.1 * (i % 7)])
const six = many.map((_, i) => i % 6)

test('er.head with no exemplars is naive.head, to the bit', async () => {
  const [er, naive] = [await taught(erHead, many, six, { exemplars: 0 }), await taught(naiveHead, many, six)]
  expect(await er(...many)).toEqual(await naive(...many))
})

test.each(['reservoir', 'class-balanced', 'ring', 'balancoir', 'fifo', 'greedily-balanced'])(
  'er.head with 5 exemplars (%s) for 6 classes still answers',
  async (buffer) => {
    const scores = await taught(erHead, many, six, { exemplars: 5, buffer })
    expect((await scores(...many)).every(Number.isFinite)).toBe(true)
  },
)

test('er.head names the buffers it knows when it does not know one', async () => {
  await expect(taught(erHead, many, six, { buffer: 'class-balance' })).rejects.toMatchObject({
    code: 'option-not-known',
    what: expect.stringContaining('Did you mean class-balanced?'),
    mend: expect.stringMatching(/^Choose reservoir, class-balanced, ring, .* or greedily-balanced\.$/),
  })
})
