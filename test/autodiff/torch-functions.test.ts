import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { crossEntropy, learner, oneHot, sgd } from '../../src/learner/index.ts'
import { readModel } from '../../src/onnx/index.ts'

/** Made by test/oracles/functions.py. */
const folder = fileURLToPath(new URL('../golden/functions', import.meta.url))
const golden = JSON.parse(readFileSync(`${folder}/values.json`, 'utf8')) as {
  x: number[]
  y: number[]
  loss: number
  gradients: Record<string, number[]>
}

test.each([
  ['in one file', 'functions.onnx'],
  ['its weights in a file beside it', 'beside.onnx'],
  ['its weights in a file each', 'apart.onnx'],
])(
  'a network whose modules PyTorch exported as functions, %s, has the gradients that PyTorch has',
  async (_, file) => {
    const model = readModel(`${folder}/${file}`)
    expect(model.graph.nodes.some(({ op }) => op === 'Block')).toBe(false)
    const subject = await learner({
      model,
      head: 'none',
      trainable: 'all',
      loss: crossEntropy(),
      optimiser: sgd({ rate: 0.1 }),
      batch: 3,
      threads: 1,
      seed: 0,
    })
    const inputs = { x: Float32Array.from(golden.x) }
    ;(await subject.scores(inputs)).forEach((value, i) => expect(value).toBeCloseTo(golden.y[i], 5))
    const { loss, gradients } = await subject.gradients({
      inputs,
      targets: { targets: oneHot([0, 1, 2], 5) },
    })
    expect(loss).toBeCloseTo(golden.loss, 5)
    expect(gradients).toHaveLength(Object.values(golden.gradients).flat().length)
    // The exporter turns the matrices of layers that are products in the graph, and keeps their sums of squares.
    const length = (values: Iterable<number>) => Math.hypot(...values)
    const told = subject.entries.map(({ offset, length: size }) =>
      length(gradients.subarray(offset, offset + size)),
    )
    const wanted = Object.values(golden.gradients).map(length)
    const sorted = (values: number[]) => values.toSorted((a, b) => a - b)
    sorted(told).forEach((value, i) => expect(value).toBeCloseTo(sorted(wanted)[i], 5))
    await subject.release()
  },
)
