import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  countOperations,
  type Model,
  readModel,
  vitMacs,
  withOutputs,
  writeModel,
} from '../../src/onnx/index.ts'
import { openSession, shapesOf, Tensor } from '../../src/runtime/index.ts'

const data = process.env.STREAMBED_DATA
const folder = data === undefined ? '' : join(data, 'models')
const missing = !existsSync(folder)
if (missing) console.warn('Skipped: STREAMBED_DATA names no folder with models/ in it.')
const scratch = mkdtempSync(join(tmpdir(), 'streambed-profile-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const network = (file: string) => readModel(join(folder, file))
const image = (batch: number) =>
  new Tensor(
    'float32',
    Float32Array.from({ length: batch * 3 * 224 * 224 }, (_, i) => Math.sin(i * 0.7)),
    [batch, 3, 224, 224],
  )

/** One event of the runtime's profile: what a kernel really read and made. */
interface Kernel {
  name: string
  op: string
  x: number[][]
  y: number[]
  floats: boolean
}

async function profileOf(model: Model): Promise<Kernel[]> {
  const prefix = `profile-${Math.random().toString(36).slice(2)}`
  const session = await openSession(writeModel(model), {
    threads: 1,
    label: model.label,
    optimisation: 'disabled', // with it on, channels are padded to the processor's blocks and counts double
    profilePrefix: join(scratch, prefix),
  })
  await session.run({ [session.inputNames[0]]: image(1) })
  await session.release()
  const file = readdirSync(scratch).find((name) => name.startsWith(prefix))!
  const events = JSON.parse(readFileSync(join(scratch, file), 'utf8')) as {
    name: string
    args?: {
      op_name: string
      input_type_shape: Record<string, number[]>[]
      output_type_shape: Record<string, number[]>[]
    }
  }[]
  return events
    .filter(({ name }) => name.endsWith('_kernel_time'))
    .map(({ name, args }) => ({
      name: name.slice(0, -'_kernel_time'.length),
      op: args!.op_name,
      x: args!.input_type_shape.map((shape) => Object.values(shape)[0]),
      y: Object.values(args!.output_type_shape[0])[0],
      floats: 'float' in args!.output_type_shape[0],
    }))
}

const size = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1)
const moves = new Set('Shape Slice Concat Expand Reshape Transpose Gather Flatten Constant'.split(' '))

/** The table once more, by hand, from what the kernels saw. */
function operationsOf({ op, x, y, floats, name }: Kernel, model: Model): { macs: number; other: number } {
  const outputs = size(y)
  switch (op) {
    case 'Conv':
      return { macs: outputs * size(x[1].slice(1)), other: x.length > 2 ? outputs : 0 }
    case 'MatMul': // a constant right-hand matrix is missing from the profile: the inner size is the left one's last
      return { macs: outputs * x[0].at(-1)!, other: 0 }
    case 'Gemm':
      return { macs: outputs * x[0][1], other: x.length > 2 ? outputs : 0 }
    case 'Softmax':
      return { macs: 0, other: 5 * outputs }
    case 'LayerNormalization':
      return { macs: 0, other: 8 * outputs }
    case 'GlobalAveragePool':
      return { macs: 0, other: outputs * (x[0][2] * x[0][3] + 1) }
    case 'MaxPool': {
      const node = model.graph.nodes.find((one) => one.name === name || one.outputs[0] === name)!
      return { macs: 0, other: outputs * size(node.attributes.kernel_shape as number[]) }
    }
    default:
      return { macs: 0, other: moves.has(op) || !floats ? 0 : outputs }
  }
}

describe.skipIf(missing)('the real backbones', () => {
  test.each([
    ['vit_tiny_patch16_224.onnx', 1.2537],
    ['mobilenetv2_1.0_224_features.onnx', 0.2995],
    ['squeezenet1.1.onnx', 0.3492],
  ])(
    'counting %s from its graph and from a profile of the runtime agree to the last operation',
    async (file, gmacs) => {
      const model = network(file)
      const count = countOperations(model, await shapesOf(model, { batch: 1 }))
      const kernels = await profileOf(model)
      const seen = kernels.map((kernel) => operationsOf(kernel, model))
      const macs = seen.reduce((sum, cost) => sum + cost.macs, 0)
      const other = seen.reduce((sum, cost) => sum + cost.other, 0)
      expect(kernels).toHaveLength(count.byNode.length)
      expect({ macs: count.macs, total: count.total }).toEqual({ macs, total: 2 * macs + other })
      expect(count.uncounted).toEqual([])
      expect(count.macs / 1e9).toBeCloseTo(gmacs, 4)
    },
  )

  test('ViT-Tiny has the multiply-adds of the closed form, with its head and without', async () => {
    const model = network('vit_tiny_patch16_224.onnx')
    const tiny = { image: 224, patch: 16, width: 192, blocks: 12 }
    const shapes = await shapesOf(model, { batch: 1 })
    expect(countOperations(model, shapes).macs).toBe(vitMacs({ ...tiny, classes: 1000 }))
    expect(countOperations(withOutputs(model, ['features']), shapes).macs).toBe(
      vitMacs({ ...tiny, classes: 0 }),
    )
  })

  test.each(['vit_tiny_patch16_224.onnx', 'mobilenetv2_1.0_224_features.onnx', 'squeezenet1.1.onnx'])(
    '%s gives an image the same bits in batches of 1 and 7, on 1 and 2 threads',
    async (file) => {
      const model = withOutputs(network(file), ['features'])
      const hashes = new Set<string>()
      for (const threads of [1, 2]) {
        const session = await openSession(writeModel(model), { threads, label: file })
        for (const batch of [1, 7]) {
          const { features } = await session.run({ [session.inputNames[0]]: image(batch) })
          const row = (features.data as Float32Array).slice(0, features.dims[1]) // the first image is the same
          hashes.add(Buffer.from(row.buffer).toString('base64'))
        }
        await session.release()
      }
      expect(hashes.size).toBe(1)
    },
  )
})
