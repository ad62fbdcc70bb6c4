import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { networkOf } from '../../src/autodiff/index.ts'
import { edited, readModel } from '../../src/onnx/index.ts'
import { sizeOf } from '../../src/tensor/index.ts'
import {
  type Floats,
  folder,
  largest,
  median,
  runGradients,
  tensorOf,
  weightFeeds,
} from '../autodiff/golden-networks.ts'

/** What is kept of each gradient by PyTorch: see test/oracles/networks/real.py. */
interface Kept {
  norm: number
  largest: number
  /** Spread over the tensor: value k lies at ⌊k · size / 8⌋. */
  values: number[]
  float32: number
}

const data = process.env.STREAMBED_DATA
const models = data === undefined ? '' : join(data, 'models')
const { networks } = JSON.parse(readFileSync(`${folder}/real.json`, 'utf8')) as {
  networks: {
    file: string
    output: string
    side: number
    batch: number
    start: number
    weights: Record<string, Kept>
  }[]
}
const missing = networks.filter(({ file }) => !existsSync(join(models, file)))
const skipped = missing.length > 0 && `STREAMBED_DATA names no folder with models/${missing[0].file}`

describe.skipIf(skipped)(`gradients of real networks${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  test.each(networks)('$file: of every weight, as PyTorch’s in float64', async (golden) => {
    const { file, output, side, batch, start, weights } = golden
    const read = readModel(join(models, file))
    const input = read.graph.inputs[0].name
    const shape = [batch, 3, side, side]
    const model = edited(read, { inputs: { [input]: { type: 'float32', shape } } })
    const network = await networkOf(model, { dims: { batch }, free: ({ name }) => name in weights })
    const { gradients } = await runGradients(network, {
      feeds: { [input]: tensorOf(counted(shape, start)), ...weightFeeds(network) },
      wanted: Object.keys(weights),
      reads: [],
      loss: ({ emit, tensor }) => {
        const { dims } = tensor(output)
        const data = counted(dims, start).data.map((value) => value / batch)
        const c = emit.constant({ type: 'float32', dims, data })
        return emit.ReduceSum(emit.Mul(tensor(output), c), [0, 1], false)
      },
    })
    const errors = Object.entries(weights).map(([name, kept]) => ({
      name,
      error: errorOf(gradients.get(name)!, kept),
      allowed: Math.max(1e-5, 3 * kept.float32),
    }))
    expect(errors.filter(({ error, allowed }) => !(error < allowed))).toEqual([])
    expect(median(errors.map(({ error }) => error))).toBeLessThan(2e-6)
  })
})

/** The generator of real.py: x → 1664525·x + 1013904223 mod 2³²; its upper 24 bits as a number in [-1, 1). */
function counted(dims: readonly number[], start: number): Floats {
  const data = new Float32Array(sizeOf(dims))
  let x = start
  for (let i = 0; i < data.length; i++) {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0
    data[i] = (x >>> 8) / 2 ** 23 - 1
  }
  return { data, dims }
}

/** The largest of the errors of length, largest magnitude and the values kept, each relative. */
function errorOf(gradient: Floats, kept: Kept): number {
  const { data } = gradient
  const norm = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0))
  const place = (k: number) => (data.length >= 8 ? Math.floor((k * data.length) / 8) : k)
  return Math.max(
    Math.abs(norm - kept.norm) / kept.norm,
    Math.abs(largest(gradient) - kept.largest) / kept.largest,
    ...kept.values.map((value, k) => Math.abs(data[place(k)] - value) / kept.largest),
  )
}
