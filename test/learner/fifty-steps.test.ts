import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { crossEntropy, type Learner, learner, sgd } from '../../src/learner/index.ts'
import { edited, type Model, numbersOf, readModel, withOutputs } from '../../src/onnx/index.ts'
import { sizeOf } from '../../src/tensor/index.ts'
import { type Floats, folder, goldenFile, transposed } from '../autodiff/golden-networks.ts'

/** See test/oracles/networks/sgd.py. */
interface Walk {
  name: string
  file: string
  side: number
  batch: number
  rate: number
  /** What PyTorch calls the head. */
  head: string
  /** The classes it has after half of the steps, if it grows. */
  grown?: number
  /** Before each step. */
  losses: number[]
  /** How far PyTorch in float32 ends from PyTorch in float64, by weight and running statistic. */
  weights: Record<string, number>
}

const golden = JSON.parse(readFileSync(`${folder}/sgd.json`, 'utf8')) as {
  steps: number
  batches: number
  momentum: number
  runs: Walk[]
  tensors: Record<string, { at: number; dims: number[] }>
}
const read = goldenFile('sgd.bin', golden.tensors)

/** Part k of n along the first dimension. */
function part({ data, dims }: Floats, k: number, n: number): Float32Array {
  const size = sizeOf(dims) / n
  return data.subarray(k * size, (k + 1) * size)
}

/** A learner on the network below the export's own head, with that head's weights. */
async function learnerOf(walk: Walk): Promise<Learner> {
  const { side, batch } = walk
  const model = edited(readModel(`${folder}/${walk.file}`), {
    inputs: { pixels: { type: 'float32', shape: [batch, 3, side, side] } }, // the export was for larger ones
  })
  const feature = model.graph.nodes.at(-1)!.inputs[0]
  const made = await learner({
    model: withOutputs(model, [feature]),
    head: { kind: 'linear', classes: 6 },
    trainable: 'all',
    batchNorm: 'training',
    loss: crossEntropy(),
    optimiser: sgd({ rate: walk.rate, momentum: golden.momentum }),
    batch: walk.batch,
    threads: 1,
    seed: 1,
  })
  setHead(made, (name) => weightOf(model, `${walk.head}.${name}`))
  return made
}

function weightOf(model: Model, name: string): Floats {
  const { dims, data } = numbersOf(model.graph.initializers.get(name)!, model.label)
  return { dims, data: data as Float32Array }
}

/** PyTorch's head is [classes, width] and [classes]; the last columns of ours become it. */
function setHead(made: Learner, value: (name: string) => Floats): void {
  const weights = made.weights()
  for (const name of ['weight', 'bias']) {
    const { offset, ref } = made.entries.find((entry) => entry.ref.name === `head.${name}`)!
    const given = value(name)
    const columns = given.dims.length === 2 ? transposed(given) : given
    const [width, all] = [columns.dims.at(-1)!, ref.dims.at(-1)!]
    columns.data.forEach((number, i) => {
      weights[offset + Math.floor(i / width) * all + (all - width) + (i % width)] = number
    })
  }
  made.setWeights(weights)
}

test.each(golden.runs)('fifty steps of SGD lead $name where PyTorch goes', async (walk) => {
  const { steps, batches } = golden
  const pixels = read(`${walk.name} pixels`)
  const targets = read(`${walk.name} targets`)
  const made = await learnerOf(walk)
  const losses: number[] = []
  for (let step = 0; step < steps; step++) {
    if (step === steps / 2 && walk.grown !== undefined) {
      made.grow(walk.grown - made.classes)
      setHead(made, (name) => read(`${walk.name} rows ${name}`))
    }
    const k = step % batches
    const wide = targets.dims.at(-1)!
    const { loss } = await made.step({
      inputs: { pixels: part(pixels, k, batches) },
      targets: { targets: part(targets, k, batches).filter((_, i) => i % wide < made.classes) },
    })
    losses.push(loss)
  }
  losses.forEach((loss, step) => expect(loss).toBeCloseTo(walk.losses[step], 4))

  const weights = made.weights()
  const ends = new Map<string, Float32Array>(
    made.entries.map(({ ref, offset, length }) => [ref.name, weights.subarray(offset, offset + length)]),
  )
  for (const [name, values] of Object.entries(made.save().statistics)) ends.set(name, values)
  const worst = Object.keys(walk.weights).map((name) => {
    const isHead = name.startsWith(`${walk.head}.`)
    const truth = read(`${walk.name} ${name}`)
    const wanted = isHead && truth.dims.length === 2 ? transposed(truth) : truth
    const end = ends.get(isHead ? name.replace(walk.head, 'head') : name)!
    return {
      name,
      error: end.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted.data[i])), 0),
    }
  })
  expect(worst.filter(({ error }) => !(error < 1e-4))).toEqual([])
  expect(ends.size).toBe(worst.length)
  await made.release()
})
