import { buildModel } from '../onnx/index.ts'
import type { Device } from './device.ts'
import { reason, sessionSettings } from './session.ts'

/**
 * A forked process that tries a device on a network of two nodes: a driver that crashes or hangs takes nobody with
 * it, and what the runtime and the driver say of their failure goes to a stderr that the parent can read.
 */

/** What came of it: how far each number was from the right one, or the runtime's own words. */
export type Trial = { worst: number } | { failed: string }

const n = 4

async function tried(device: Device): Promise<Trial> {
  const ort = await import('onnxruntime-node')
  ort.env.logLevel = 'warning' // in it stands which library or feature was missing
  const table = Float32Array.from({ length: n * n }, (_, i) => (i % 5) - 2)
  const matrix = { type: 'float32', shape: [n, n] } as const
  const model = buildModel({
    inputs: { x: matrix },
    outputs: { y: matrix },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['xw'] },
      { op: 'Add', inputs: ['xw', 'x'], outputs: ['y'] },
    ],
    constants: { w: { type: 'float32', dims: [n, n], data: table } },
  })
  const settings = sessionSettings({ threads: 1, label: 'a trial', device })
  const session = await ort.InferenceSession.create(model, {
    ...settings,
    logSeverityLevel: 2,
    extra: { ...settings.extra, session: { disable_cpu_ep_fallback: '1' } },
  })
  const x = Float32Array.from({ length: n * n }, (_, i) => (i % 7) - 3)
  const { y } = await session.run({ x: new ort.Tensor('float32', x, [n, n]) })
  const made = y.data as Float32Array
  const right = (row: number, column: number) => {
    let sum = x[row * n + column]
    for (let k = 0; k < n; k++) sum += x[row * n + k] * table[k * n + column]
    return sum
  }
  const off = Array.from(made, (value, i) => Math.abs(value - right(Math.floor(i / n), i % n)))
  return { worst: off.some(Number.isNaN) ? Infinity : Math.max(...off) }
}

const trial = await tried(process.argv[2] as Device).catch((cause: unknown) => ({ failed: reason(cause) }))
process.send?.(trial, undefined, undefined, () => process.exit(0)) // not waiting for a driver's threads
