import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type FreedNetwork, lowered, type Network, networkOf } from '../../src/autodiff/index.ts'
import { readModel } from '../../src/onnx/index.ts'
import {
  crossEntropy,
  type Floats,
  folder,
  goldenFile,
  type Judged,
  largest,
  median,
  relativeError,
  runGradients,
  tensorOf,
  transposed,
  weightFeeds,
} from './golden-networks.ts'

/** See test/oracles/networks/golden.py. */
interface Golden {
  name: string
  exports: { file: string; weights: Record<string, Judged> }[]
  /** BatchNormalization in training mode; `exported` is the file of an export in that mode. */
  training?: { file: string; exported?: string; weights: Record<string, Judged> }
  tensors: Record<string, { at: number; dims: number[] }>
}

const { networks } = JSON.parse(readFileSync(`${folder}/networks.json`, 'utf8')) as { networks: Golden[] }
const exports = networks.flatMap((golden) => golden.exports.map((made) => ({ ...made, golden })))
const trained = networks.flatMap((golden) => {
  const { training } = golden
  if (training === undefined) return []
  const files = [training.file, ...(training.exported === undefined ? [] : [training.exported])]
  return files.map((file) => ({ file, weights: training.weights, golden }))
})

type Read = (name: string) => Floats

async function open(file: string, weights: Record<string, Judged>, read: Read): Promise<FreedNetwork> {
  return await networkOf(readModel(`${folder}/${file}`), {
    dims: { batch: read('pixels').dims[0] },
    free: ({ name }) => name in weights,
  })
}

async function run(network: Network, freed: FreedNetwork, read: Read) {
  return await runGradients(network, {
    feeds: { pixels: tensorOf(read('pixels')), targets: tensorOf(read('targets')), ...weightFeeds(freed) },
    wanted: [...freed.weights.keys()],
    reads: ['logits'],
    loss: crossEntropy,
  })
}

/**
 * A gradient may be off by 1e-5 of its largest value, or by three times what PyTorch is in float32. Those that are
 * nothing but rounding (a shift that the next BatchNormalization in training mode takes back) are left out.
 */
function expectAgreement(
  gradients: ReadonlyMap<string, Floats>,
  weights: Record<string, Judged>,
  read: Read,
): void {
  const truths = Object.entries(weights).map(([name, judged]) => {
    const truth = judged.transposed ? transposed(read(judged.of)) : read(judged.of)
    return { name, truth, allowed: Math.max(1e-5, 3 * judged.float32) }
  })
  const most = Math.max(...truths.map(({ truth }) => largest(truth)))
  const errors = truths
    .filter(({ truth }) => largest(truth) > 1e-7 * most)
    .map(({ name, truth, allowed }) => ({ name, allowed, error: relativeError(gradients.get(name)!, truth) }))
  expect(errors.filter(({ error, allowed }) => !(error < allowed))).toEqual([])
  expect(median(errors.map(({ error }) => error))).toBeLessThan(1e-5)
  expect(errors.length).toBeGreaterThan(0.85 * truths.length)
}

describe('gradients of exports agree with PyTorch’s in float64', () => {
  test.each(exports)('$file', async ({ file, weights, golden }) => {
    const read = goldenFile(`${golden.name}.bin`, golden.tensors)
    const network = await open(file, weights, read)
    const cheaper = lowered(network, { batchNorm: 'frozen' })
    expect(cheaper.nodes.filter(({ op }) => op === 'BatchNormalization')).toEqual([])
    const { values, gradients } = await run(cheaper, network, read)
    expect(relativeError(values.get('logits')!, read('logits'))).toBeLessThan(1e-5)
    expectAgreement(gradients, weights, read)
  })
})

describe('BatchNormalization', () => {
  const frozen = networks.filter(({ training }) => training !== undefined)
  test.each(frozen)('of $name, frozen and not folded into the convolutions before it', async (golden) => {
    const read = goldenFile(`${golden.name}.bin`, golden.tensors)
    const [{ file, weights }] = golden.exports
    const network = await open(file, weights, read)
    expect(network.nodes.filter(({ op }) => op === 'BatchNormalization')).not.toEqual([])
    const { values, gradients } = await run(network, network, read)
    expect(relativeError(values.get('logits')!, read('logits'))).toBeLessThan(1e-5)
    expectAgreement(gradients, weights, read)
  })

  test.each(trained)('in training mode, of $file', async ({ file, weights, golden }) => {
    const read = goldenFile(`${golden.name}.bin`, golden.tensors)
    const network = await open(file, weights, read)
    const spelt = lowered(network, { batchNorm: 'training' })
    const { values, gradients } = await run(spelt, network, read)
    expect(relativeError(values.get('logits')!, read('training logits'))).toBeLessThan(1e-5)
    expectAgreement(gradients, weights, read)

    const norms = network.nodes.filter(({ op }) => op === 'BatchNormalization')
    expect(spelt.statistics).toHaveLength(norms.length)
    for (const { mean, variance, runningMean, runningVariance, momentum, count } of spelt.statistics!) {
      const moved = (running: string, batch: string, correction: number) => {
        const before = network.constants.get(running)!.data as Float32Array
        const measured = values.get(batch)!
        const data = measured.data.map(
          (value, i) => momentum * before[i] + (1 - momentum) * correction * value,
        )
        return { data, dims: measured.dims }
      }
      const means = moved(runningMean, mean, 1)
      const variances = moved(runningVariance, variance, count / (count - 1))
      expect(relativeError(means, read(`updated ${runningMean}`))).toBeLessThan(5e-6)
      expect(relativeError(variances, read(`updated ${runningVariance}`))).toBeLessThan(5e-6)
    }
  })
})
