import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { StreambedError } from '../../src/error.ts'
import { adamW, crossEntropy, type Learner, learner, sgd } from '../../src/learner/index.ts'
import { buildModel } from '../../src/onnx/index.ts'
import { readRecord } from '../../src/record/index.ts'
import { type Device, devices, openSession, requireDevice, Tensor } from '../../src/runtime/index.ts'
import { removed, streambed, workplace, written } from '../cli/streambed.ts'
import { deviceStep, disagreement, smallExports } from '../fixtures/device-steps.ts'
import { batchOf, convolutional } from '../learner/networks.ts'
import { wave } from '../learner/numbers.ts'

/**
 * What a device computes, beside the CPU: every device but the CPU that starts on this machine. Without a graphics
 * card, a Vulkan driver in software serves for WebGPU: Mesa's lavapipe from 25 on, or SwiftShader, named by
 * VK_ICD_FILENAMES.
 */
const folder = workplace()
afterAll(() => removed(folder))

const trials = await Promise.all(
  devices
    .filter((device) => device !== 'cpu')
    .map(async (device) => {
      const missing = await requireDevice(device, device).then(
        () => undefined,
        (error: StreambedError) => error.what,
      )
      return { device, missing }
    }),
)

for (const { device, missing } of trials) {
  if (missing === undefined) describe(device, () => onDevice(device))
  else test.skip(`${device} is not tried: ${missing}`, () => undefined)
}

function onDevice(device: Exclude<Device, 'cpu'>) {
  test.each(smallExports)('the gradients of $name are those of the CPU', async (small) => {
    const [host, guest] = [
      await deviceStep(small, { device: 'cpu', threads: 1 }),
      await deviceStep(small, { device, threads: 1 }),
    ]
    const errors = disagreement(await guest.once(), await host.once())
    expect(errors.length).toBeGreaterThan(10)
    expect(errors.filter(({ error }) => !(error < 2e-5))).toEqual([])
    const { onDevice: kernels, onCpu } = guest.placement!
    expect(kernels).toBeGreaterThan(10 * Object.values(onCpu).reduce((sum, count) => sum + count, 0))
    await host.release()
    await guest.release()
  })

  test.each([
    ['SGD with momentum', sgd({ rate: 0.1, momentum: 0.9, weightDecay: 0.01 })],
    ['AdamW', adamW({ rate: 0.01 })],
  ])('a learner takes the steps that it takes on the CPU: %s', async (_, optimiser) => {
    const make = (on: Device) =>
      learner({
        model: convolutional(),
        head: { kind: 'linear', classes: 3 },
        trainable: 'all',
        batchNorm: 'training',
        loss: crossEntropy(),
        optimiser,
        batch: 6,
        threads: 1,
        device: on,
        seed: 0,
      })
    const [host, guest]: Learner[] = [await make('cpu'), await make(device)]
    for (let n = 0; n < 10; n++) {
      const batch = batchOf(6, 3, n, 192)
      const [there, here] = [await guest.step(batch), await host.step(batch)]
      expect(Math.abs(there.loss - here.loss)).toBeLessThan(1e-4)
    }
    const [made, right] = [guest.weights(), host.weights()]
    expect(Math.max(...made.map((value, i) => Math.abs(value - right[i])))).toBeLessThan(1e-3)
    await host.release()
    await guest.release()
  })

  test('a convolution of 6 channels into 12 is the CPU’s, which channels last it is not in onnxruntime 1.30', async () => {
    const model = buildModel({
      inputs: { x: { type: 'float32', shape: [2, 6, 6, 6] } },
      outputs: { y: { type: 'float32', shape: [2, 12, 6, 6] } },
      nodes: [
        {
          op: 'Conv',
          inputs: ['x', 'w'],
          outputs: ['y'],
          attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
        },
      ],
      constants: { w: { type: 'float32', dims: [12, 6, 3, 3], data: wave(648, 1, 1) } },
    })
    const made = async (on: Device) => {
      const session = await openSession(model, { threads: 1, device: on, label: 'a convolution' })
      const { y } = await session.run({ x: new Tensor('float32', wave(432, 7, 1), [2, 6, 6, 6]) })
      await session.release()
      return y.data as Float32Array
    }
    const [there, here] = [await made(device), await made('cpu')]
    expect(Math.max(...there.map((value, i) => Math.abs(value - here[i])))).toBeLessThan(1e-4)
  })

  test.runIf(device === 'webgpu')('a network of which it computes nothing is refused', async () => {
    const model = buildModel({
      inputs: { x: { type: 'float64', shape: [2, 2] } },
      outputs: { y: { type: 'float64', shape: [2, 2] } },
      nodes: [{ op: 'MatMul', inputs: ['x', 'x'], outputs: ['y'] }],
    })
    const session = await openSession(model, { threads: 1, device, label: 'a float64 network' })
    const feeds = { x: new Tensor('float64', new Float64Array(4), [2, 2]) }
    await expect(session.run(feeds)).rejects.toMatchObject({
      code: 'device-without-work',
      what: 'WebGPU computed nothing of a float64 network: MatMul ran on the CPU.',
    })
    await session.release()
  })

  test('a run on it says so in its record and in its table', async () => {
    const file = written(
      folder,
      'quick.yaml',
      `name: quick
streams: [{ name: split-procedural, images: { train: 5, test: 2 } }]
backbones: [mini-resnet]
methods: [nmc]
`,
    )
    const given = ['--data', folder, '--cache', join(folder, 'cache'), '--results', join(folder, 'results')]
    const ended = await streambed(['run', file, ...given, '--device', device, '--plain'])
    expect(ended).toMatchObject({ code: 0 })
    const runs = join(folder, 'results', 'quick', 'runs')
    const [record] = readdirSync(runs).map((name) => readRecord(join(runs, name)))
    expect(record.manifest.device).toBe(device)
    expect(record.measurements[0]).toMatchObject({ kind: 'start', machine: { provider: device } })
    expect(ended.stdout.replace(/\s+/g, ' ')).toContain(`backbone computed on ${device}`)
  })
}
