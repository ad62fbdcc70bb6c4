import { execFileSync, fork, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { StreambedError } from '../../src/error.ts'
import { buildModel } from '../../src/onnx/index.ts'
import { openSession, runtimeVersion, Tensor } from '../../src/runtime/index.ts'
import { convAttention, small, wave } from '../fixtures/small-models.ts'

const child = fileURLToPath(new URL('../fixtures/runtime-child.ts', import.meta.url))

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(StreambedError)
      return error as StreambedError
    },
  )

test('a session tells its inputs and outputs, and computes', async () => {
  const session = await openSession(small(), { threads: 1, label: 'small' })
  expect([session.inputNames, session.outputNames]).toEqual([['pixels'], ['logits']])
  const { logits } = await session.run({ pixels: new Tensor('float32', new Float32Array(192), [1, 3, 8, 8]) })
  expect([logits.type, logits.dims]).toEqual(['float32', [1, 2]])
  await session.release()
  await session.release()
})

test('an output may be received in memory of ours', async () => {
  const session = await openSession(small(), { threads: 1, label: 'small' })
  const pixels = new Tensor('float32', wave([2, 3, 8, 8]).data, [2, 3, 8, 8])
  const mine = new Tensor('float32', new Float32Array(4), [2, 2])
  const outputs = await session.run({ pixels }, { logits: mine })
  expect(outputs.logits).toBe(mine)
  expect(mine.data).toEqual((await session.run({ pixels })).logits.data)
  expect(mine.data.some((value) => value !== 0)).toBe(true)
  await session.release()
})

test('whole numbers, truth values and float16 go in and come out', async () => {
  const types = { uint8: [255], int64: [-5], bool: [1], float16: [0x3c00], float64: [0.1] } as const
  const model = buildModel({
    inputs: Object.fromEntries(
      Object.keys(types).map((type) => [type, { type: type as 'uint8', shape: ['n'] }]),
    ),
    outputs: Object.fromEntries(
      Object.keys(types).map((type) => [`${type}.out`, { type: type as 'uint8', shape: ['n'] }]),
    ),
    nodes: Object.keys(types).map((type) => ({ op: 'Identity', inputs: [type], outputs: [`${type}.out`] })),
  })
  const session = await openSession(model, { threads: 1, label: 'types' })
  const feeds = {
    uint8: new Tensor('uint8', Uint8Array.of(255), [1]),
    int64: new Tensor('int64', BigInt64Array.of(-5n), [1]),
    bool: new Tensor('bool', Uint8Array.of(1), [1]),
    float16: new Tensor('float16', Uint16Array.of(0x3c00), [1]),
    float64: new Tensor('float64', Float64Array.of(0.1), [1]),
  }
  const outputs = await session.run(feeds)
  for (const [name, { type, data }] of Object.entries(feeds)) {
    expect([outputs[`${name}.out`].type, outputs[`${name}.out`].data]).toEqual([type, data])
  }
  await session.release()
})

test('a refusal of the runtime names the network and says why, without the runtime’s source files', async () => {
  const noKernel = buildModel({
    inputs: { x: { type: 'float32', shape: [1] } },
    outputs: { y: { type: 'float32' } },
    nodes: [{ op: 'NoSuchOperator', inputs: ['x'], outputs: ['y'] }],
  })
  for (const model of [Uint8Array.of(1, 2, 3), noKernel, '/no/such/file.onnx']) {
    const error = await refusal(openSession(model, { threads: 1, label: 'mine.onnx' }))
    expect([error.code, error.where]).toEqual(['runtime-refused-model', 'mine.onnx'])
    expect(error.what).not.toMatch(/onnxruntime_src/)
    expect(error.cause).toBeInstanceOf(Error)
  }
  const unknown = await refusal(openSession(noKernel, { threads: 1, label: 'x' }))
  expect(unknown.what).toContain('NoSuchOperator')
})

test('a wrong feed is an error that names the network, the input and what was expected', async () => {
  const session = await openSession(small(), { threads: 1, label: 'small' })
  const fed = (pixels: Tensor) => refusal(session.run({ pixels }))
  const shape = await fed(new Tensor('float32', new Float32Array(27), [1, 3, 3, 3]))
  expect([shape.code, shape.where]).toEqual(['runtime-run-failed', 'small'])
  expect(shape.what).toMatch(/pixels.*Expected: 8/s)
  expect((await fed(new Tensor('uint8', new Uint8Array(192), [1, 3, 8, 8]))).what).toMatch(/float/)
  expect((await refusal(session.run({}))).what).toMatch(/pixels/)
  await session.release()
  expect((await fed(new Tensor('float32', new Float32Array(192), [1, 3, 8, 8]))).what).toMatch(/released/)
})

test('the number of threads is always said', async () => {
  for (const threads of [0, 1.5, Number.NaN]) {
    await expect(openSession(small(), { threads, label: 'small' })).rejects.toThrow(/threads/)
  }
})

test('the version of the runtime is the one installed', () => {
  expect(runtimeVersion()).toMatch(/^1\.30\.\d+$/)
})

/** The bits of the last image of a batch; the images before it are others. */
async function bitsOf(model: Uint8Array, batch: number, threads: number): Promise<Float32Array> {
  const session = await openSession(model, { threads, label: 'bits' })
  const size = 3 * 32 * 32
  const data = wave([batch, 3, 32, 32]).data
  data.set(wave([3, 32, 32], 5).data, (batch - 1) * size)
  const { embedding } = await session.run({ pixels: new Tensor('float32', data, [batch, 3, 32, 32]) })
  await session.release()
  return (embedding.data as Float32Array).slice(-32)
}

/** True of the x64 kernels of onnxruntime 1.30; other processors have kernels that choose by size. */
const sameBits = process.arch === 'x64' ? 0 : 1e-6
const distance = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])))

test('an image has the same embedding, to the bit, in batches of 1, 7 and 32 and on 1 or 2 threads', async () => {
  const alone = await bitsOf(convAttention(), 1, 1)
  expect(alone.some((value) => value !== 0)).toBe(true)
  for (const threads of [1, 2]) {
    for (const batch of [1, 7, 32]) {
      const together = await bitsOf(convAttention(), batch, threads)
      expect([threads, batch, distance(alone, together) <= sameBits]).toEqual([threads, batch, true])
    }
  }
})

test('a mean over tokens has the same bits in batches of 7 and 32, and only nearly those of a batch of 1', async () => {
  // The runtime sums a middle axis in another order once the batch axis is longer than 1 (2e-7 apart, measured).
  const alone = await bitsOf(convAttention('mean'), 1, 1)
  const seven = await bitsOf(convAttention('mean'), 7, 1)
  expect(distance(seven, await bitsOf(convAttention('mean'), 32, 2))).toBeLessThanOrEqual(sameBits)
  expect(distance(alone, await bitsOf(convAttention('mean'), 1, 2))).toBeLessThanOrEqual(sameBits)
  expect(distance(alone, seven)).toBeLessThan(1e-6)
})

const run = (command: string, args: string[]) =>
  spawnSync(command, [...args, process.execPath, '--import', 'tsx', child, '2'], { encoding: 'utf8' })

test('a session works in a forked child and in a Worker, with the same bits', async () => {
  const forked = new Promise<string>((resolve, reject) => {
    const process = fork(child, ['1'], { execArgv: ['--import', 'tsx'] })
    process.once('message', (hash) => resolve(String(hash)))
    process.once('error', reject)
    process.once('exit', (code) => reject(new Error(`the child ended with ${code}`)))
  })
  const worked = new Promise<string>((resolve, reject) => {
    const source = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(child)}) })`
    const worker = new Worker(source, { eval: true, workerData: { threads: 2 } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  const [one, two] = await Promise.all([forked, worked])
  expect(one).toMatch(/^[0-9a-f]{64}$/)
  expect(two).toBe(one)
})

const noTaskset = (() => {
  try {
    execFileSync('taskset', ['--version'])
    return false
  } catch {
    return true
  }
})()

test.skipIf(noTaskset)(
  'on a restricted set of processors nothing is written to stderr (needs taskset)',
  () => {
    const allowed = /Cpus_allowed_list:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]
    const { status, stdout, stderr } = run('taskset', ['-c', allowed])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/)
  },
)

test('importing the runtime’s door loads none of its native code', () => {
  const door = fileURLToPath(new URL('../../src/runtime/index.ts', import.meta.url))
  const script = `await import(${JSON.stringify(door)}); process.stdout.write(String(process.report.getReport().sharedObjects.filter((file) => /onnxruntime/.test(file)).length))`
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('0')
})
