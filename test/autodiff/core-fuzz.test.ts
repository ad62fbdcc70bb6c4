import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { convProducts, lowered, networkOf, trainingStep } from '../../src/autodiff/index.ts'
import { StreambedError } from '../../src/error.ts'
import { buildModel, type Model, type NodeSpec, numbersOf, readModel, specOf } from '../../src/onnx/index.ts'
import { type Chance, chance } from '../../src/tensor/index.ts'
import { folder } from './golden-networks.ts'

const operators =
  'Relu Erf MatMul Conv Gather Softmax Reshape Transpose Mul Det Concat Split Resize MaxPool'.split(' ')

/** One node with another operator, without an attribute or an input, its inputs turned, a number off, or rewired. */
function mutated(node: NodeSpec, nodes: readonly NodeSpec[], random: Chance): NodeSpec {
  const one = <Item>(list: readonly Item[]): Item => list[random.below(list.length)]
  const { inputs, attributes = {} } = node
  const names = Object.keys(attributes)
  switch (random.below(6)) {
    case 0:
      return { ...node, op: one(operators) }
    case 1: {
      const lost = names.length === 0 ? '' : one(names)
      return {
        ...node,
        attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== lost)),
      }
    }
    case 2:
      return { ...node, inputs: inputs.slice(0, -1) }
    case 3:
      return { ...node, inputs: inputs.toReversed() }
    case 4: {
      const more = (value: unknown) => (typeof value === 'number' ? value + 1 : value)
      const off = Object.entries(attributes).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map(more) : more(value),
      ])
      return { ...node, attributes: Object.fromEntries(off) }
    }
    default: {
      const place = random.below(Math.max(1, inputs.length))
      return { ...node, inputs: inputs.with(Math.min(place, inputs.length - 1), one(nodes).outputs[0]) }
    }
  }
}

function damaged(model: Model, random: Chance): Uint8Array {
  const nodes = model.graph.nodes.map((node) => specOf(node, model.label))
  const place = random.below(nodes.length)
  const whole =
    nodes[place].inputs.length > 0 ? nodes.with(place, mutated(nodes[place], nodes, random)) : nodes
  return buildModel({
    inputs: Object.fromEntries(
      model.graph.inputs.map(({ name, type, shape }) => [name, { type: type!, shape: shape! }]),
    ),
    outputs: Object.fromEntries(model.graph.outputs.map(({ name, type }) => [name, { type: type! }])),
    nodes: whole,
    constants: Object.fromEntries(
      [...model.graph.initializers].map(([name, proto]) => [name, numbersOf(proto, model.label)]),
    ),
    opset: model.opset,
  })
}

test('a damaged network becomes a training step or an error with a name, never anything else', async () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.kept.onnx'))
  let trained = 0
  let refused = 0
  for (let seed = 0; seed < 60; seed++) {
    const random = chance('damage', seed)
    const file = files[seed % files.length]
    const model = readModel(`${folder}/${file}`)
    try {
      const read = await networkOf(readModel(damaged(model, random), file), {
        dims: { batch: Number(model.graph.inputs[0].shape![0]) },
        free: ({ dims }) => dims.length > 0,
      })
      const network = convProducts(lowered(read, { batchNorm: seed % 2 === 0 ? 'frozen' : 'training' }))
      trainingStep({
        network,
        parameters: [...read.weights.keys()],
        loss({ emit, tensor }) {
          const output = tensor(network.outputs[0])
          return emit.ReduceSum(
            output,
            output.dims.map((_, axis) => axis),
            false,
          )
        },
        update: 'gradients',
      })
      trained++
    } catch (error) {
      expect(error, `seed ${seed}, ${file}: ${(error as Error).stack}`).toBeInstanceOf(StreambedError)
      refused++
    }
  }
  expect(trained).toBeGreaterThan(5)
  expect(refused).toBeGreaterThan(5)
})
