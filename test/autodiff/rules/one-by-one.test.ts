import { expect, test } from 'vitest'
import { checkRule, gradientsAt, nearKink, type RuleCase } from '../central-differences.ts'

type Curve = { op: string; domain?: string } & Pick<RuleCase, 'attributes' | 'avoid'> & {
    range?: readonly [number, number]
  }

const positive = [0.9, 2.2] as const
const wide = [-4, 4] as const

const curves: readonly Curve[] = [
  { op: 'Neg' },
  { op: 'Identity' },
  { op: 'Sqrt', range: positive },
  { op: 'Reciprocal', range: positive },
  { op: 'Exp' },
  { op: 'Log', range: positive },
  { op: 'Tanh' },
  { op: 'Sigmoid', range: wide },
  { op: 'Erf' },
  { op: 'Abs', avoid: nearKink(0) },
  { op: 'Relu', avoid: nearKink(0) },
  { op: 'LeakyRelu', avoid: nearKink(0) },
  { op: 'LeakyRelu', attributes: { alpha: 0.2 }, avoid: nearKink(0) },
  { op: 'Elu', avoid: nearKink(0) },
  { op: 'Elu', attributes: { alpha: 0.7 }, avoid: nearKink(0) },
  { op: 'Softplus', range: wide },
  { op: 'HardSigmoid', range: wide, avoid: nearKink(-2.5, 2.5) },
  { op: 'HardSigmoid', attributes: { alpha: 1 / 6, beta: 0.5 }, range: wide, avoid: nearKink(-3, 3) },
  { op: 'HardSwish', range: wide, avoid: nearKink(-3, 3) },
  { op: 'Selu', avoid: nearKink(0) },
  { op: 'Celu', avoid: nearKink(0) },
  { op: 'Celu', attributes: { alpha: 0.5 }, avoid: nearKink(0), range: [-1, 1] },
  { op: 'Mish', range: wide },
  { op: 'Softsign', avoid: nearKink(0) },
  { op: 'Sin', range: wide },
  { op: 'Cos', range: wide },
  { op: 'Gelu', range: wide },
  { op: 'Gelu', attributes: { approximate: 'tanh' }, range: wide },
  { op: 'Gelu', domain: 'com.microsoft', range: wide },
  { op: 'FastGelu', domain: 'com.microsoft', range: wide },
  { op: 'QuickGelu', domain: 'com.microsoft', range: wide },
  { op: 'QuickGelu', domain: 'com.microsoft', attributes: { alpha: 1 }, range: wide },
]

for (const { op, domain, range, ...rest } of curves) {
  const name = [domain, op, rest.attributes && JSON.stringify(rest.attributes)].filter(Boolean).join(' ')
  test(`the slope of ${name} is that of differences, in any rank`, async () => {
    for (const dims of [[2, 3, 2, 3], [1, 5], op === 'FastGelu' ? [3] : []]) {
      await checkRule({ op, domain, ...rest, inputs: { x: { dims, range } } })
    }
  })
}

/** Slopes at chosen values, ones arriving. */
async function slopes(
  op: string,
  data: readonly number[],
  more: Partial<RuleCase> = {},
): Promise<readonly number[]> {
  const { x } = await gradientsAt({
    op,
    ...more,
    inputs: { x: { dims: [data.length], data }, ...more.inputs },
  })
  return x
}

test('at a kink the slope is the one that PyTorch takes', async () => {
  expect(await slopes('Relu', [-1, 0, 1e-20, 1])).toEqual([0, 0, 1, 1])
  expect(await slopes('Abs', [-2, 0, 2])).toEqual([-1, 0, 1])
  const leaky = await slopes('LeakyRelu', [-1, 0, 1], { attributes: { alpha: 0.25 } })
  expect(leaky).toEqual([0.25, 0.25, 1])
  const hard = { attributes: { alpha: 0.25, beta: 0.5 } }
  expect(await slopes('HardSigmoid', [-3, -2, 0, 2, 3], hard)).toEqual([0, 0, 0.25, 0, 0])
  expect(await slopes('HardSwish', [-4, -3, 3, 4])).toEqual([0, 0, 1, 1])
})

test('Elu has its slopes on both sides of 0 and at 0', async () => {
  expect(await slopes('Elu', [0, 3])).toEqual([1, 1])
  const [at, left] = await slopes('Elu', [0, -20], { attributes: { alpha: 0.5 } })
  expect(at).toBe(0.5)
  expect(left).toBeLessThan(1e-7)
})

test('far out, where an exponential would overflow, no slope is NaN', async () => {
  const far = [-100, 100]
  expect(await slopes('Softplus', far)).toEqual([expect.closeTo(0), 1])
  expect(await slopes('Gelu', far)).toEqual([0, 1])
  expect(await slopes('Gelu', far, { attributes: { approximate: 'tanh' } })).toEqual([expect.closeTo(0), 1])
  expect(await slopes('QuickGelu', far, { domain: 'com.microsoft' })).toEqual([expect.closeTo(0), 1])
  expect(await slopes('Tanh', far)).toEqual([0, 0])
  expect(await slopes('HardSwish', far)).toEqual([0, 1])
  expect(await slopes('Mish', far)).toEqual([expect.closeTo(0), 1])
  expect(await slopes('Celu', far)).toEqual([expect.closeTo(0), 1])
})

test('FastGelu gives its bias the sum over the rows', async () => {
  await checkRule({
    op: 'FastGelu',
    domain: 'com.microsoft',
    inputs: { x: { dims: [2, 3, 4] }, bias: { dims: [4] } },
  })
})

for (const [slope, x] of [
  [
    [3, 1, 1],
    [2, 3, 2, 2],
  ],
  [[1], [2, 3]],
  [[], [4]],
  [
    [2, 1, 1],
    [1, 2, 15, 14],
  ],
] as const) {
  test(`PRelu with a slope of [${slope}] on [${x}] learns its slope too`, async () => {
    await checkRule({
      op: 'PRelu',
      inputs: { x: { dims: x, range: [-3, 3] }, slope: { dims: slope, range: [0.1, 0.4] } },
      avoid: nearKink(0),
    })
  })
}

test('PRelu at 0 has the learned slope, and gives it nothing', async () => {
  const inputs = { x: { dims: [2], data: [0, -2] }, slope: { dims: [1], data: [0.25] } }
  expect(await gradientsAt({ op: 'PRelu', inputs })).toEqual({ x: [0.25, 0.25], slope: [-2] })
})
