import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removed, streambed, workplace, written } from './streambed.ts'

const folder = workplace()
afterAll(() => removed(folder))

const absent = process.platform === 'darwin' ? 'directml' : 'coreml'
const suite = (budget = '') =>
  written(
    folder,
    'quick.yaml',
    `name: quick
streams: [split-procedural]
backbones: [mini-resnet]
methods: [chance]
${budget}`,
  )
const given = ['--data', join(folder, 'data'), '--cache', join(folder, 'cache')]

test('a device that is not there is refused before anything runs, at the flag that asked for it', async () => {
  for (const command of ['run', 'check']) {
    const ended = await streambed([command, suite(), ...given, '--device', absent])
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(/^✗ device-not-in-package: onnxruntime-node .* has no/)
    expect(ended.stderr).toContain(`  where  --device ${absent}\n`)
  }
})

test('the flag goes before the suite’s budget, whose line is named otherwise', async () => {
  const file = suite(`budget: { device: ${absent} }\n`)
  const asked = await streambed(['check', file, ...given])
  expect(asked.code).toBe(2)
  expect(asked.stderr).toContain(`${file} › budget.device`)
  const told = await streambed(['check', file, ...given, '--device', 'cpu'])
  expect(told.code).toBe(0)
  expect(told.stdout).toContain('mini-resnet: golden embeddings reproduced')
})

test('a backbone is checked on a device, and a misspelt one is named', async () => {
  const checked = await streambed(['backbone', 'check', 'mini-resnet', ...given, '--device', 'cpu'])
  expect(checked.code).toBe(0)
  const wrong = await streambed(['backbone', 'check', 'mini-resnet', ...given, '--device', 'webgl'])
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('✗ unknown-device: There is no device called “webgl”. Did you mean webgpu?')
})
