import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageFolder, recordsOf, removed, start, streambed, workplace, written } from './streambed.ts'

const folder = workplace()
const cache = join(folder, 'cache')
afterAll(() => removed(folder))

copyFileSync(join(packageFolder, 'test/fixtures/three-stages.ts'), join(folder, 'three-stages.ts'))
const suite = written(
  folder,
  'stops.yaml',
  `name: stops
streams: [{ name: split-procedural, tasks: 2 }]
backbones: [mini-resnet]
methods:
  - name: ./three-stages.ts
    options: { busyMilliseconds: 1 }
`,
)

const run = (results: string, from = cache) => [
  'run',
  suite,
  '--cache',
  from,
  '--results',
  join(folder, results),
]
const factsOf = (results: string) => recordsOf(join(folder, results, 'stops'))['three-stages 0'].factsHash

let undisturbed: string
beforeAll(async () => {
  const { code, stderr } = await streambed(run('undisturbed'))
  expect(code, stderr).toBe(0)
  undisturbed = factsOf('undisturbed')
})

const says = {
  SIGINT: 'Interrupted: saving what is done. Once more to leave at once.',
  SIGTERM: 'Asked to end: saving what is done. Once more to leave at once.',
  SIGUSR1: 'Asked to end: saving what is done. Once more to leave at once.',
}

test.each(['SIGINT', 'SIGTERM', 'SIGUSR1'] as const)(
  '%s in the middle of a task: what is done is saved, exit 130, and the next run goes on to the same facts',
  async (signal) => {
    const running = start(run(signal))
    await running.says(/▸ three-stages/)
    await sleep(1500)
    const asked = performance.now()
    if (signal === 'SIGTERM') running.signalAll('SIGCONT') // as schedulers do
    running.signalAll(signal)
    const { code, stdout, stderr } = await running.ended
    expect(performance.now() - asked).toBeLessThan(3000) // then a scheduler kills
    expect(code, stderr).toBe(130)
    expect(stderr).toContain(says[signal])
    expect(stderr).toContain('Stopped after 0 of 1 runs; all that was done is saved.')
    expect(stderr).toContain(`Go on with the same command: streambed run ${suite}`)
    expect(stderr).not.toContain('✗')
    expect(stdout).not.toMatch(/failed/)

    const again = await streambed(run(signal))
    expect(again.code, again.stderr).toBe(0)
    expect(factsOf(signal)).toBe(undisturbed)
    const { measurements } = recordsOf(join(folder, signal, 'stops'))['three-stages 0']
    const [first, second] = measurements.filter((line) => line.kind === 'start')
    expect(first.resumedAtTick).toBe(0)
    expect(second.resumedAtTick).toBeGreaterThan(0)
    const ends = measurements.filter((line) => line.kind === 'end')
    expect(ends.map(({ outcome, stepsRepeated }) => [outcome, stepsRepeated])).toEqual([
      ['interrupted', 0],
      ['finished', 0], // a stop that was asked for loses nothing
    ])
  },
)

test('SIGINT while images are embedded: exit 130, and the next run goes on from what was embedded', async () => {
  const other = join(folder, 'other-cache')
  const running = start(run('embedding', other))
  await running.says(/▸ embed/)
  await sleep(700)
  running.signalAll('SIGINT')
  const { code, stderr } = await running.ended
  expect(code, stderr).toBe(130)
  expect(stderr).toContain('Go on with the same command')
  expect(readdirSync(join(folder, 'embedding/stops/runs'))).toEqual([])

  const again = await streambed(run('embedding', other))
  expect(again.code, again.stderr).toBe(0)
  expect(factsOf('embedding')).toBe(undisturbed)
})

test('a second Ctrl-C leaves at once, and nothing that was saved is lost', async () => {
  const running = start(run('twice'))
  await running.says(/▸ three-stages/)
  await sleep(1000)
  running.signalAll('SIGINT')
  await running.says(/Once more/)
  running.signalAll('SIGINT')
  expect((await running.ended).code).toBe(130)
  const again = await streambed(run('twice'))
  expect(again.code, again.stderr).toBe(0)
  expect(factsOf('twice')).toBe(undisturbed)
})

test('when the command is killed alone, the run that it started saves itself and ends', async () => {
  const running = start(run('orphan'))
  await running.says(/▸ three-stages/)
  await sleep(1000)
  process.kill(running.pid, 'SIGKILL')
  expect((await running.ended).code).toBeNull()
  const outcome = () => {
    const end = recordsOf(join(folder, 'orphan/stops'))['three-stages 0'].measurements.at(-1)
    return end?.kind === 'end' ? end.outcome : 'at work'
  }
  while (outcome() === 'at work') await sleep(50)
  expect(outcome()).toBe('interrupted')
  const again = await streambed(run('orphan'))
  expect(again.code, again.stderr).toBe(0)
  expect(factsOf('orphan')).toBe(undisturbed)
})
