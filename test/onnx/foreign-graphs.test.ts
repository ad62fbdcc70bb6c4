import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { afterAll, expect, test } from 'vitest'
import { buildModel, countOperations, readModel, requireTrainable, writeModel } from '../../src/onnx/index.ts'
import { openSession, shapesOf, Tensor } from '../../src/runtime/index.ts'
import { small, smallSpec, wave } from '../fixtures/small-models.ts'

const folder = mkdtempSync(join(tmpdir(), 'streambed-foreign-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pixels = new Tensor('float32', wave([2, 3, 8, 8], 3).data, [2, 3, 8, 8])
async function logitsOf(bytes: Uint8Array): Promise<Float32Array> {
  const session = await openSession(bytes, { threads: 1, label: 'network' })
  const { logits } = await session.run({ pixels })
  await session.release()
  return logits.data as Float32Array
}

test.each(['extended', 'all'] as const)(
  'a network saved after optimisation (%s) gives features, is counted, and is refused for training by its fused node',
  async (level) => {
    const path = join(folder, `${level}.onnx`)
    const session = await InferenceSession.create(small(), {
      graphOptimizationLevel: level,
      optimizedModelFilePath: path,
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    })
    await session.release()
    const model = readModel(path)
    const foreign = model.graph.nodes.find(({ domain }) => domain.startsWith('com.microsoft'))!
    expect(await logitsOf(writeModel(model))).toHaveLength(4)
    expect(() => requireTrainable(model)).toThrow(new RegExp(`${foreign.op}.*"${foreign.domain}"`))
  },
)

test('a fused convolution counts as the convolution and the activation it was fused of', async () => {
  const path = join(folder, 'extended.onnx')
  const fused = readModel(path)
  expect(fused.graph.nodes.some(({ op }) => op === 'FusedConv')).toBe(true)
  const plain = readModel(small(), 'small')
  const count = countOperations(fused, await shapesOf(fused, { batch: 2 }))
  const original = countOperations(plain, await shapesOf(plain, { batch: 2 }))
  expect([count.macs, count.total]).toEqual([original.macs, original.total])
})

test('a network with quantised weights gives nearly the same features, and is refused for training', async () => {
  const weight = smallSpec.constants!['stem.weight'].data as Float32Array
  const quantised = buildModel({
    ...smallSpec,
    nodes: [
      { op: 'DequantizeLinear', name: 'dq', inputs: ['stem.q', 'stem.scale'], outputs: ['stem.weight'] },
      ...smallSpec.nodes,
    ],
    constants: {
      ...Object.fromEntries(Object.entries(smallSpec.constants!).filter(([name]) => name !== 'stem.weight')),
      'stem.q': {
        type: 'int8',
        dims: [4, 3, 3, 3],
        data: Int8Array.from(weight, (value) => Math.round(value * 127)),
      },
      'stem.scale': { type: 'float32', dims: [], data: [1 / 127] },
    },
  })
  const model = readModel(quantised, 'quantised.onnx')
  const exact = await logitsOf(small())
  const rough = await logitsOf(writeModel(model))
  expect(Math.max(...rough.map((value, i) => Math.abs(value - exact[i])))).toBeLessThan(0.02)
  expect(rough).not.toEqual(exact)
  expect(() => requireTrainable(model)).toThrow(/DequantizeLinear dq computes in whole numbers/)
})

test('a network with quantised activations gives nearly the same features, and is refused by the first node that rounds', async () => {
  const [stem, ...rest] = smallSpec.nodes
  const rounded = buildModel({
    ...smallSpec,
    nodes: [
      { ...stem, outputs: ['exact'] },
      { op: 'QuantizeLinear', name: 'q', inputs: ['exact', 'scale', 'zero'], outputs: ['whole'] },
      { op: 'DequantizeLinear', name: 'dq', inputs: ['whole', 'scale', 'zero'], outputs: ['stem'] },
      ...rest,
    ],
    constants: {
      ...smallSpec.constants,
      scale: { type: 'float32', dims: [], data: [0.05] },
      zero: { type: 'uint8', dims: [], data: Uint8Array.of(128) },
    },
  })
  const model = readModel(rounded, 'qdq.onnx')
  const exact = await logitsOf(small())
  const rough = await logitsOf(writeModel(model))
  expect(Math.max(...rough.map((value, i) => Math.abs(value - exact[i])))).toBeLessThan(0.05)
  expect(() => requireTrainable(model)).toThrow(
    expect.objectContaining({
      code: 'onnx-quantised',
      what: expect.stringContaining('QuantizeLinear q computes in whole numbers'),
      mend: expect.stringContaining('float32 export'),
    }),
  )
})
