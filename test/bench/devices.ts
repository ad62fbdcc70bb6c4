/**
 * Whether a device learns what the CPU learns, and how fast: gradients of one batch of each small export under
 * test/golden/networks on both, and the time of a training step.
 *
 *   npm run bench:devices -- [webgpu] [cuda] [directml] [coreml] [--only vit,resnet] [--rounds 9] [--threads 2]
 *
 * Every device that starts here unless some are named. Rounds alternate between the CPU and the device; medians are
 * printed. Error: the largest distance of a gradient from the CPU's, relative to the largest number of that tensor.
 * These networks are small: they show whether a device computes rightly, and not what it is good for.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { median } from 'simple-statistics'
import { StreambedError } from '../../src/error.ts'
import { type Device, devices, requireDevice, runtimeVersion } from '../../src/runtime/index.ts'
import { type DeviceStep, deviceStep, disagreement, smallExports } from '../fixtures/device-steps.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '9' },
    threads: { type: 'string', default: '2' },
  },
})
const [rounds, threads] = [Number(values.rounds), Number(values.threads)]
const wanted = values.only.split(',')
const chosen = smallExports.filter(({ name }) => wanted.some((part) => name.includes(part)))
const named = positionals.length > 0 ? positionals : devices.filter((device) => device !== 'cpu')

async function milliseconds(step: DeviceStep): Promise<number> {
  const start = performance.now()
  await step.once()
  return performance.now() - start
}

console.log(
  `onnxruntime ${runtimeVersion()}, ${cpus()[0]?.model}, ${threads} of ${cpus().length} cores for the CPU; medians of ${rounds} rounds`,
)
for (const device of named as Device[]) {
  try {
    await requireDevice(device, device)
  } catch (error) {
    if (!(error instanceof StreambedError)) throw error
    console.log(`\n${device}: ${error.what}\n  ${error.mend}`)
    continue
  }
  console.log(
    `\n${device.padEnd(18)} worst error  median error    CPU ms  device ms  on the CPU all the same`,
  )
  for (const small of chosen) {
    const opened: DeviceStep[] = []
    try {
      for (const one of ['cpu', device] as const)
        opened.push(await deviceStep(small, { device: one, threads }))
      const [host, guest] = opened
      const [truth, made] = [await host.once(), await guest.once()] // the first run also compiles
      const errors = disagreement(made, truth)
      const times = { host: [] as number[], guest: [] as number[] }
      for (let round = 0; round < rounds; round++) {
        times.host.push(await milliseconds(host))
        times.guest.push(await milliseconds(guest))
      }
      const onCpu = Object.entries(guest.placement?.onCpu ?? {}).map(([name, count]) => `${count} ${name}`)
      console.log(
        [
          small.name.padEnd(18),
          errors[0].error.toExponential(1).padStart(11),
          median(errors.map(({ error }) => error))
            .toExponential(1)
            .padStart(13),
          median(times.host).toFixed(1).padStart(9),
          median(times.guest).toFixed(1).padStart(10),
          ` ${onCpu.join(', ') || '–'} (of ${(guest.placement?.onDevice ?? 0) + onCpu.length} kernels)`,
        ].join(' '),
      )
    } catch (error) {
      if (!(error instanceof StreambedError)) throw error
      console.log(`${small.name.padEnd(18)} ${error.code}: ${error.what}`)
    } finally {
      for (const step of opened) await step.release()
    }
  }
}
