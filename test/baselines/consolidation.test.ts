import { expect, test } from 'vitest'
import { ewcHead } from '../../baselines/ewc.head.ts'
import { ewc } from '../../baselines/ewc.ts'
import { naiveHead } from '../../baselines/naive.head.ts'
import { naive } from '../../baselines/naive.ts'
import { si } from '../../baselines/si.ts'
import { fisherEstimates, type Learner, type Method, type OptionValue } from '../../src/method/index.ts'
import { savedParts, testImages, walk } from '../contracts/micro-stream.ts'

const of = (method: object) => method as Method<never> as Method
const walked = (method: object, options: Record<string, OptionValue>, stopAt?: 'all') =>
  walk({ method: of(method), seed: 1, options, ...(stopAt && { stopAt }) })
const scores = async (learner: Learner) => (await learner.predict(testImages(2))).head

const ways = Object.keys(fisherEstimates).flatMap((fisher) =>
  ['separate', 'online', 'averaged'].map((bookkeeping): [string, string] => [fisher, bookkeeping]),
)

test.each(ways)(
  'ewc, %s and %s: stopped at every step it ends where it would have ended',
  async (fisher, bookkeeping) => {
    const options = { fisher, bookkeeping, fisherBatch: 16, fisherExamples: 24, cap: 0.5 }
    const [whole, stopped] = [await walked(ewc, options), await walked(ewc, options, 'all')]
    expect(savedParts(stopped.learner)).toEqual(savedParts(whole.learner))
  },
)

test.each([
  ['ewc', ewc, 'lambda', naive],
  ['ewc.head', ewcHead, 'lambda', naiveHead],
  ['si', si, 'c', naive],
])('%s without a strength is naive, and with one it is not', async (_, method, strength, floor) => {
  const { momentum } = method.options
  const [none, held, plain] = [
    await walked(method, { [strength]: 0 }),
    await walked(method, { [strength]: 5 }),
    await walked(floor, { momentum }),
  ]
  const [free, pulled, wanted] = [
    await scores(none.learner),
    await scores(held.learner),
    await scores(plain.learner),
  ]
  free.forEach((score, i) => {
    expect(score).toBeCloseTo(wanted[i], 4)
  })
  expect(Math.max(...pulled.map((score, i) => Math.abs(score - free[i])))).toBeGreaterThan(1e-3)
})

test('only with separate books does the state grow by a pair a task', async () => {
  const bytes = async (bookkeeping: string) => {
    const { learner } = await walked(ewc, { bookkeeping })
    return (learner.parts.held as unknown as { bytes(): number }).bytes()
  }
  // Heads of 2, 5 and 6 classes on 12 numbers and a bias, importance and anchor, in float32.
  expect((await bytes('separate')) - (await bytes('online'))).toBe((2 + 5 + 6) * 13 * 2 * 4)
  expect(await bytes('averaged')).toBe(await bytes('online'))
})

test.each(['fisher', 'bookkeeping', 'penalty', 'crossEntropy', 'optimiserState'])(
  'ewc refuses a %s that it does not know, naming those it does',
  async (option) => {
    await expect(walked(ewc, { [option]: 'diagonal' })).rejects.toThrow(`ewc › ${option}`)
  },
)
