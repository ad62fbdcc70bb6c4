import { StreambedError } from '../error.ts'
import {
  elementType,
  instrumented,
  type Model,
  type Shapes,
  withoutWeights,
  writeModel,
} from '../onnx/index.ts'
import { arrayOf, type ElementType, sizeOf, Tensor } from '../tensor/index.ts'
import { onnxruntime } from './ort.ts'
import { openSession, sessionSettings } from './session.ts'

/**
 * Type and shape of every tensor of a model, weights included, as the runtime itself infers them at the given
 * dimensions (`{ batch: 1 }`). Nothing is computed, unless a shape is worked out at run time: then the model runs
 * once on zeros, to see.
 *
 * @throws onnx-unknown-dimension, onnx-too-large, runtime-refused-model
 */
export async function shapesOf(model: Model, dims: Readonly<Record<string, number>>): Promise<Shapes> {
  const shapes = new Map<string, { type: string; dims: readonly number[] }>()
  for (const { name, dims: size, dataType } of model.graph.initializers.values()) {
    const type = elementType(dataType)
    if (type !== undefined) shapes.set(name, { type, dims: size.map(Number) })
  }
  const all = instrumented(model, dims)
  for (const { name, type, shape } of all.graph.inputs) {
    shapes.set(name, { type: type!, dims: shape as readonly number[] })
  }
  const open = new Set<string>()
  const constants = new Set(
    model.graph.nodes.flatMap(({ op, outputs }) => (op === 'Constant' ? outputs : [])),
  )
  for (const { name, type, shape } of await told(withoutWeights(all))) {
    const certain = shape.length > 0 || constants.has(name) // of an unknown rank, the runtime says [] as well
    if (certain && shape.every((dim) => typeof dim === 'number')) {
      if (sizeOf(shape as number[]) > most) throw tooLarge(model, name, shape)
      shapes.set(name, { type, dims: shape as number[] })
    } else open.add(name)
  }
  if (open.size > 0) await seen(instrumented(model, dims, open), shapes)
  return shapes
}

/** Numbers of one tensor: 4 GiB of float32. The runtime would fold a constant of any size, until the machine is full. */
const most = 2 ** 30

function tooLarge({ graph, label }: Model, name: string, shape: readonly unknown[]): StreambedError {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(name))
  return new StreambedError('onnx-too-large', {
    what: `${node?.op} ${node?.name || `→ ${name}`} makes a tensor of shape [${shape.join(', ')}].`,
    where: label,
    mend: 'No tensor may have over 2³⁰ numbers. Export the network again: a size in it is damaged.',
  })
}

/** What the runtime says of every output before anything runs; values that are no tensors are left out. */
async function told(
  model: Model,
): Promise<{ name: string; type: string; shape: readonly (number | string)[] }[]> {
  const { InferenceSession } = await onnxruntime()
  const settings = sessionSettings({ threads: 1, label: model.label, optimisation: 'disabled' })
  try {
    const session = await InferenceSession.create(writeModel(model), settings)
    try {
      return session.outputMetadata.flatMap((value) => (value.isTensor ? [value] : []))
    } finally {
      await session.release()
    }
  } catch (cause) {
    throw new StreambedError('runtime-refused-model', {
      what: `onnxruntime cannot tell the shapes of ${model.label}: ${(cause as Error).message}`,
      where: model.label,
      mend: 'Export the network again with fixed shapes and constants folded.',
      cause,
    })
  }
}

/** Runs the model on zeros for the shapes that depend on values. */
async function seen(
  model: Model,
  shapes: Map<string, { type: string; dims: readonly number[] }>,
): Promise<void> {
  const session = await openSession(writeModel(model), {
    threads: 1,
    label: model.label,
    optimisation: 'disabled',
  })
  try {
    const feeds = model.graph.inputs.map(({ name, type, shape }) => {
      const dims = shape as readonly number[]
      const data = new arrayOf[type as ElementType](sizeOf(dims))
      return [name, new Tensor(type as ElementType, data as never, dims)]
    })
    const outputs = await session.run(Object.fromEntries(feeds))
    for (const [name, { type, dims }] of Object.entries(outputs)) shapes.set(name, { type, dims })
  } finally {
    await session.release()
  }
}
