import { readdirSync } from 'node:fs'
import {
  buildModel,
  type NodeSpec,
  type Numbers,
  numbersOf,
  readModel,
  specOf,
} from '../../src/onnx/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { chance, type ElementType, sizeOf } from '../../src/tensor/index.ts'
import { folder } from './golden-networks.ts'

export interface LoneNode {
  name: string
  bytes: Uint8Array
}

/**
 * Each kind of node that the exports of PyTorch contain (an operator with certain attributes and inputs), alone in a
 * network that is fed its first input and holds the others: small, so that many ways to damage one can be tried.
 */
export async function loneNodes(): Promise<LoneNode[]> {
  const found = new Map<string, LoneNode>()
  const files = readdirSync(folder).filter((name) => name.endsWith('.kept.onnx'))
  for (const file of files) {
    const model = readModel(`${folder}/${file}`)
    const shapes = await shapesOf(model, { batch: 2 })
    for (const node of model.graph.nodes) {
      const spec = specOf(node, file)
      const kind = [node.op, ...Object.keys(spec.attributes ?? {}), node.inputs.length].join(' ')
      const first = shapes.get(node.inputs[0])
      const isFed =
        first?.type === 'float32' && first.dims.length > 0 && !model.graph.initializers.has(node.inputs[0])
      if (found.has(kind) || !isFed || sizeOf(first.dims) > 20_000) continue
      const held = node.inputs.slice(1).map((name) => {
        const stored = model.graph.initializers.get(name)
        if (stored !== undefined) return numbersOf(stored, file)
        const shape = shapes.get(name)
        return shape?.type === 'float32' ? drawn(shape.dims) : undefined
      })
      if (node.inputs.slice(1).some((name, i) => name !== '' && held[i] === undefined)) continue
      found.set(kind, { name: `${file}: ${kind}`, bytes: alone(spec, first.dims, held, model.opset) })
    }
  }
  return [...found.values()]
}

function alone(
  node: NodeSpec,
  dims: readonly number[],
  held: readonly (Numbers | undefined)[],
  opset: number,
) {
  const inputs = ['x', ...held.map((numbers, i) => (numbers === undefined ? '' : `held ${i}`))]
  return buildModel({
    inputs: { x: { type: 'float32', shape: dims } },
    outputs: { y: { type: 'float32' } },
    nodes: [
      { op: 'Mul', inputs: ['x', 'gain'], outputs: ['grown'] },
      { ...node, inputs: inputs.with(0, 'grown'), outputs: ['made', ...node.outputs.slice(1)] },
      { op: 'Flatten', inputs: ['made'], outputs: ['y'], attributes: { axis: 1 } },
    ],
    constants: {
      gain: { type: 'float32', dims: [1], data: [1.5] },
      ...Object.fromEntries(
        held.flatMap((numbers, i) => (numbers === undefined ? [] : [[`held ${i}`, numbers] as const])),
      ),
    },
    opset,
  })
}

function drawn(dims: readonly number[]): { type: ElementType; dims: readonly number[]; data: Float32Array } {
  const random = chance('held')
  return { type: 'float32', dims, data: Float32Array.from({ length: sizeOf(dims) }, () => random.float()) }
}
