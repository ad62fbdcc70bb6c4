import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  bytesOf,
  networkOf,
  type Parts,
  type Recomputed,
  recomputed,
  trainingStep,
} from '../../src/autodiff/index.ts'
import { readModel } from '../../src/onnx/index.ts'
import { canonical, openSession } from '../../src/runtime/index.ts'
import type { Tensor } from '../../src/tensor/index.ts'
import { crossEntropy, fedTo, folder, goldenFile, tensorOf, weightFeeds } from './golden-networks.ts'

const golden = JSON.parse(readFileSync(`${folder}/networks.json`, 'utf8')).networks.find(
  ({ name }: { name: string }) => name === 'vit',
)
const read = goldenFile('vit.bin', golden.tensors)
const network = await networkOf(readModel(`${folder}/vit.kept.onnx`), {
  dims: { batch: read('pixels').dims[0] },
  free: ({ name }) => name in golden.exports[0].weights,
})
const step = trainingStep({
  network,
  parameters: [...network.weights.keys()],
  loss: crossEntropy,
  update: 'gradients',
})

async function run(parts: Parts): Promise<Record<string, Tensor>> {
  const session = await openSession(bytesOf(parts), { threads: 1, label: 'a step' })
  const all = {
    pixels: tensorOf(read('pixels')),
    targets: tensorOf(read('targets')),
    ...weightFeeds(network),
  }
  const made = await session.run(fedTo(step, all))
  await session.release()
  return made
}

/** How often the runtime runs an operator once it has merged what is equal. */
async function counted(parts: Parts, ops: readonly string[]): Promise<number> {
  const model = readModel(await canonical(bytesOf(parts), 'a step'), 'a step')
  return model.graph.nodes.filter(({ op }) => ops.includes(op)).length
}

const kinds: [Recomputed, string[]][] = [
  ['gelu', ['Gelu']],
  ['layer normalization', ['LayerNormalization']],
  ['attention', ['Softmax']],
]

test.each(kinds)(
  '%s computed again gives the same gradients to the bit, and is not merged with the first',
  async (kind, ops) => {
    const again = recomputed(step.parts, network, [kind])
    const forward = network.nodes.filter(({ op }) => ops.includes(op)).length
    expect(forward).toBeGreaterThan(0)
    expect(await counted(again, ops)).toBeGreaterThanOrEqual((await counted(step.parts, ops)) + forward - 1)
    const [wanted, got] = [await run(step.parts), await run(again)]
    for (const { name, made } of step.parameters) expect(got[made].data, name).toEqual(wanted[made].data)
    expect(got[step.loss].data).toEqual(wanted[step.loss].data)
  },
)

test('no node of the backward pass reads what was to be computed again', () => {
  const again = recomputed(step.parts, network, ['gelu', 'layer normalization', 'attention'])
  const forward = new Set(network.nodes.flatMap(({ outputs }) => outputs))
  const released = network.nodes
    .filter(({ op }) => op === 'Gelu' || op === 'Softmax')
    .map(({ outputs }) => outputs[0])
  const backward = again.nodes.filter(({ outputs }) => !outputs.some((name) => forward.has(name)))
  expect(backward.flatMap(({ inputs }) => inputs).filter((name) => released.includes(name))).toEqual([])
})

test('nothing to compute again leaves the step as it is', () => {
  expect(recomputed(step.parts, network, [])).toBe(step.parts)
})
