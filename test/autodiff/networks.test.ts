import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { networkOf } from '../../src/autodiff/index.ts'
import { numbersOf, readModel } from '../../src/onnx/index.ts'
import {
  crossEntropy,
  folder,
  goldenFile,
  type Judged,
  largest,
  median,
  relativeError,
  runGradients,
  tensorOf,
  transposed,
} from './golden-networks.ts'

/** See test/oracles/networks/golden.py. */
interface Golden {
  name: string
  exports: { file: string; weights: Record<string, Judged> }[]
  tensors: Record<string, { at: number; dims: number[] }>
}

const { networks } = JSON.parse(readFileSync(`${folder}/networks.json`, 'utf8')) as { networks: Golden[] }
const exports = networks.flatMap((golden) => golden.exports.map((made) => ({ ...made, golden })))

describe('gradients agree with PyTorch’s in float64', () => {
  test.each(exports)('$file', async ({ file, weights, golden }) => {
    const read = goldenFile(`${golden.name}.bin`, golden.tensors)
    const model = readModel(`${folder}/${file}`)
    const network = await networkOf(model, {
      dims: { batch: read('pixels').dims[0] },
      free: ({ name }) => name in weights,
    })
    const wanted = Object.keys(weights)
    const { values, gradients } = await runGradients(network, {
      feeds: {
        pixels: tensorOf(read('pixels')),
        'the targets': tensorOf(read('targets')),
        ...Object.fromEntries(
          wanted.map((name) => {
            const { dims, data } = numbersOf(model.graph.initializers.get(name)!)
            return [name, tensorOf({ dims, data: Float32Array.from(data as Float32Array) })]
          }),
        ),
      },
      wanted,
      read: ['logits'],
      loss: crossEntropy(network, 'logits', 'the targets'),
    })
    expect(relativeError(values.get('logits')!, read('logits'))).toBeLessThan(1e-5)

    const truths = new Map(
      Object.entries(weights).map(([name, { of, transposed: turned }]) => [
        name,
        turned ? transposed(read(of)) : read(of),
      ]),
    )
    const most = Math.max(...[...truths.values()].map(largest))
    const judged = [...truths].flatMap(([name, truth]) => {
      if (largest(truth) < 1e-7 * most) return []
      const gradient = gradients.get(name)
      const error = gradient === undefined ? Number.POSITIVE_INFINITY : relativeError(gradient, truth)
      return [{ name, error, allowed: Math.max(1e-5, 3 * weights[name].float32) }]
    })
    expect(judged.filter(({ error, allowed }) => !(error < allowed))).toEqual([])
    expect(median(judged.map(({ error }) => error))).toBeLessThan(1e-5)
    expect(judged.length).toBeGreaterThan(0.9 * truths.size)
  })
})
