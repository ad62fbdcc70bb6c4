import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { StreambedError } from '../../src/error.ts'
import { type Device, openSession, requireDevice, Tensor } from '../../src/runtime/index.ts'
import { placementOf } from '../../src/runtime/placement.ts'
import { small } from '../fixtures/small-models.ts'

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(StreambedError)
      return error as StreambedError
    },
  )

const drivers = { ...process.env }
afterEach(() => {
  process.env = { ...drivers }
})

test('the CPU is always there, and needs no trial', async () => {
  await requireDevice('cpu', '--device cpu')
})

test('a device of an unknown name is refused with the nearest one', async () => {
  const error = await refusal(requireDevice('webgl' as Device, 'suite.yaml › budget.device'))
  expect(error).toMatchObject({
    code: 'unknown-device',
    what: 'There is no device called “webgl”. Did you mean webgpu?',
    where: 'suite.yaml › budget.device',
    mend: 'Take cpu, webgpu, cuda, directml or coreml.',
  })
})

test('a provider of another platform is refused, with those of this one', async () => {
  const [device, title] = process.platform === 'darwin' ? ['directml', 'DirectML'] : ['coreml', 'CoreML']
  const error = await refusal(requireDevice(device as Device, `--device ${device}`))
  expect(error.code).toBe('device-not-in-package')
  expect(error.what).toMatch(
    new RegExp(
      `^onnxruntime-node [\\d.]+ for ${process.platform}-${process.arch} has no ${title} provider; it has CPU, WebGPU`,
    ),
  )
  expect(error.mend).toContain('Take cpu, webgpu')
})

const root = join(createRequire(import.meta.url).resolve('onnxruntime-node'), '..', '..')
const cudaFile = join(root, 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so')
const isLinux = process.platform === 'linux'

test.skipIf(!isLinux || process.arch !== 'x64' || existsSync(cudaFile))(
  'CUDA without its files names the file and the command that fetches it',
  async () => {
    const error = await refusal(requireDevice('cuda', '--device cuda'))
    expect(error).toMatchObject({ code: 'device-files-missing', where: `--device cuda\n${cudaFile}` })
    expect(error.mend).toContain(`ONNXRUNTIME_NODE_INSTALL=cuda12 node ${join(root, 'script/install.js')}`)
  },
)

test.skipIf(!isLinux)('a machine without a graphics driver says so, in the runtime’s own words', async () => {
  process.env.VK_ICD_FILENAMES = '/dev/null' // where Vulkan looks for drivers, by its old name and its new one
  process.env.VK_DRIVER_FILES = '/dev/null'
  const error = await refusal(requireDevice('webgpu', '--device webgpu'))
  expect(error.code).toBe('device-unavailable')
  expect(error.what).toMatch(/^The WebGPU provider of onnxruntime-node .* does not start: /)
  expect(error.what).toContain('No supported adapters.')
  expect(error.mend).toContain('Vulkan on Linux')
  expect((error.cause as Error).message).toContain('Failed to get a WebGPU adapter')
})

test('a profile tells who computed what', () => {
  const kernel = (op_name: string, provider: string) => ({
    name: `${op_name}_kernel_time`,
    args: { op_name, provider },
  })
  const events = [
    { name: 'model_run' },
    kernel('MatMul', 'WebGpuExecutionProvider'),
    kernel('Gather', 'CPUExecutionProvider'),
    kernel('Gather', 'CPUExecutionProvider'),
    kernel('Add', 'WebGpuExecutionProvider'),
  ]
  expect(placementOf(events)).toEqual({ onDevice: 2, onCpu: { Gather: 2 } })
})

test('on the CPU nothing is placed', async () => {
  const session = await openSession(small(), { threads: 1, label: 'small', device: 'cpu' })
  await session.run({ pixels: new Tensor('float32', new Float32Array(192), [1, 3, 8, 8]) })
  expect(session.placement).toBeUndefined()
  await session.release()
})
