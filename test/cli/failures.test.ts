import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { recordsOf, removed, start, streambed, workplace, written } from './streambed.ts'

const folder = workplace()
const cache = join(folder, 'cache')
afterAll(() => removed(folder))

/** A nearest-to-nothing method whose step and whose loss are given as source text. */
const method = (name: string, step: string, needs = `{ gradients: 'none' }`) =>
  written(
    folder,
    `${name}.ts`,
    `import { defineMethod } from 'streambed'
import { appendFileSync } from 'node:fs'
export const ${name} = defineMethod({
  name: '${name}',
  summary: 'a test method',
  source: 'none',
  needs: ${needs},
  classifiers: { scores: 'scores' },
  options: { learningRate: 0.5 },
  start({ random }) {
    let seen = 0
    let steps = 0
    const first = random('lot').float()
    return {
      newClasses: (classes) => { seen += classes.length },
      stages: (task) => [{
        name: 'only',
        over: { images: 'task', batch: 50, epochs: 1 },
        async step({ images, labels }) { steps++; ${step} },
      }],
      predict: (images) => ({ scores: new Float32Array(images.length * seen).fill(first) }),
      parts: { steps: { save: () => steps, load: (state) => { steps = state as number } } },
    }
  },
})
`,
  )

const suite = (name: string, methods: string, seeds = '[0, 1]') =>
  written(
    folder,
    `${name}.yaml`,
    `name: ${name}
streams: [{ name: split-procedural, tasks: 2 }]
backbones: [mini-resnet]
methods: ${methods}
seeds: ${seeds}
metrics: [accuracy.last@sample]
`,
  )

const run = (name: string) => [
  'run',
  join(folder, `${name}.yaml`),
  '--cache',
  cache,
  '--results',
  join(folder, 'results'),
]

test('a method that throws in one cell fails there alone, and its table says how many failed', async () => {
  method('shaky', `if (first < ${await median()} && task.index === 1) throw new Error('the dice fell badly')`)
  suite('throws', '[nmc, ./shaky.ts]')
  const { code, stdout, stderr } = await streambed(run('throws'))
  expect(code).toBe(1)
  expect(stderr).toMatch(/^✗ method-crashed: The run broke: the dice fell badly\n {2}where {2}.*shaky\.ts/m)
  expect(stderr).not.toContain('internal-error')
  expect(stdout).toMatch(/failed 1 of 2/)

  const records = recordsOf(join(folder, 'results/throws'))
  expect(Object.fromEntries(Object.entries(records).map(([name, { state }]) => [name, state]))).toEqual({
    'nmc 0': 'finished',
    'shaky 0': expect.stringMatching(/finished|failed/),
    'shaky 1': expect.stringMatching(/finished|failed/),
  })
  expect(records['shaky 0'].state).not.toBe(records['shaky 1'].state)

  const report = await streambed(['report', join(folder, 'results/throws'), '--format', 'json'])
  expect(report.code).toBe(1)
  const rows = JSON.parse(report.stdout).rows as { method: string; n: number; failed: number }[]
  expect(rows.map(({ method, n, failed }) => ({ method, n, failed }))).toEqual([
    { method: 'nmc', n: 1, failed: 0 },
    { method: 'shaky', n: 1, failed: 1 },
  ])

  /** Between the first draws of the two seeds, so that one of them fails. */
  async function median(): Promise<number> {
    const { chance } = await import('../../src/tensor/index.ts')
    const [a, b] = [0, 1].map((seed) => chance(seed, 'method', 'lot').float())
    return (a + b) / 2
  }
})

test('a loss that is not finite fails by name, with the option to lower; the others are unharmed', async () => {
  method('diverging', 'return { loss: task.index === 1 && steps > 22 ? NaN : 1 / steps }')
  suite('diverges', '[./diverging.ts, nmc]', '[0]')
  const { code, stdout, stderr } = await streambed(run('diverges'))
  expect(code).toBe(1)
  expect(stderr).toMatch(/^✗ loss-not-finite: diverging: the loss became NaN at task 2, stage only/m)
  expect(stderr).toContain('mend   Lower learningRate (now 0.5). Tasks 1 to 1 are stored.')
  expect(stdout).toMatch(/^diverging +failed 1 of 1/m)
  expect(stdout).toMatch(/^nmc /m)
  expect(recordsOf(join(folder, 'results/diverges'))['nmc 0'].state).toBe('finished')
})

test('a process that is killed from outside is a run that died, and the next run completes it to the same facts', async () => {
  const marks = join(folder, 'pids')
  const wait = `if (steps === 25) appendFileSync(${JSON.stringify(marks)}, process.pid + '\\n')
    await new Promise((resolve) => setTimeout(resolve, 40))`
  method('patient', wait)
  suite('undisturbed', '[./patient.ts]', '[0]')
  suite('killed', '[./patient.ts, nmc]', '[0]')
  expect((await streambed(run('undisturbed'))).code).toBe(0)
  removed(marks)

  const running = start(run('killed'))
  process.kill(Number(await firstLine(marks)), 'SIGKILL')
  const { code, stdout, stderr } = await running.ended
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^✗ run-died: The process of patient .* ended without a word \(killed by SIGKILL\)\./m,
  )
  expect(stdout).toMatch(/^nmc /m)
  expect(recordsOf(join(folder, 'results/killed'))['nmc 0'].state).toBe('finished')

  const again = await streambed(run('killed'))
  expect(again.code, again.stderr).toBe(0)
  const after = recordsOf(join(folder, 'results/killed'))['patient 0']
  expect(after.factsHash).toBe(recordsOf(join(folder, 'results/undisturbed'))['patient 0'].factsHash)
  expect(after.measurements.filter(({ kind }) => kind === 'start')).toHaveLength(2)
})

test('a run that failed is tried again by the next run, and is whole when the method is mended', async () => {
  method('mended', `throw new Error('not yet')`)
  suite('mends', '[./mended.ts]', '[0]')
  expect((await streambed(run('mends'))).code).toBe(1)
  method('mended', 'return { loss: 1 }')
  const { code, stdout } = await streambed(run('mends'))
  expect(code).toBe(0)
  expect(stdout).not.toContain('failed')
})

async function firstLine(path: string): Promise<string> {
  const { existsSync, readFileSync } = await import('node:fs')
  for (let tries = 0; tries < 600; tries++) {
    if (existsSync(path)) {
      const [line, rest] = readFileSync(path, 'utf8').split('\n')
      if (rest !== undefined) return line
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nothing was written to ${path}`)
}
