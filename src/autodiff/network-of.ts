import { StreambedError } from '../error.ts'
import {
  buildModel,
  instrumented,
  type Model,
  type NodeSpec,
  type Numbers,
  numbersOf,
  readModel,
  requireTrainable,
  specOf,
} from '../onnx/index.ts'
import { canonical, shapesOf } from '../runtime/index.ts'
import { type ElementType, sizeOf } from '../tensor/index.ts'
import { upcast, upcastNode } from './half.ts'
import type { Network, Ref } from './network.ts'
import { pruned } from './prune.ts'
import { recognised } from './recognised.ts'
import { ourOpset, upgraded } from './upgrade.ts'

/** A float32 table of a network that could be trained. */
export interface Weight {
  readonly name: string
  readonly dims: readonly number[]
  /** The nodes that read it, after the upgrade: what tells a gain from a kernel where names are no guide. */
  readonly readers: readonly NodeSpec[]
}

export interface NetworkOptions {
  /** Numbers for the dimensions that each run decides, by name; `batch` for the first one of an input. */
  readonly dims: Readonly<Record<string, number>>
  /** Which weights become inputs. Running statistics of BatchNormalization are not asked about. */
  readonly free: (weight: Weight) => boolean
  /** Whether the running statistics of BatchNormalization become inputs too; they stay constants unless said. */
  readonly statistics?: 'constant' | 'fed'
}

/** A network with some of its weights fed. */
export interface FreedNetwork extends Network {
  /** What was in the freed weights (and statistics), in the order in which the network first reads them. */
  readonly weights: ReadonlyMap<string, Numbers>
}

/**
 * A network that was read, made ready for differentiation: operators of opset 20, float16 weights as float32, the
 * batch a number, the freed weights inputs, constants folded and known patterns fused by the runtime. Weights are
 * freed before the runtime sees the graph, which would fold and transpose them away.
 *
 * @throws onnx-quantised, onnx-control-flow, onnx-foreign-domain   nothing can be trained through a node
 * @throws onnx-cannot-upgrade   a node means something that opset 20 cannot say
 * @throws onnx-fixed-batch      exported for another batch size
 * @throws onnx-unknown-dimension, runtime-refused-model
 */
export async function networkOf(model: Model, options: NetworkOptions): Promise<FreedNetwork> {
  requireTrainable(model)
  const inputs = fixedInputs(model, options.dims)
  const outputs = model.graph.outputs.map(({ name }) => name)
  const graph = upgraded({
    label: model.label,
    opset: model.opset,
    nodes: model.graph.nodes.map((node) => upcastNode(specOf(node, model.label))),
    constants: new Map(
      [...model.graph.initializers].map(([name, proto]) => [name, upcast(numbersOf(proto, model.label))]),
    ),
    outputs,
    dims: await shapeOracle(model, options.dims),
  })
  const nodes = pruned(graph.nodes, outputs)
  const weights = freed(nodes, graph.constants, options)
  const fed = [...weights].map(([name, { type, dims }]) => ({ name, type, dims }))
  const bytes = buildModel({
    name: model.graph.name,
    inputs: Object.fromEntries(
      [...inputs, ...fed].map(({ name, type, dims }) => [name, { type, shape: dims }]),
    ),
    outputs: Object.fromEntries(
      model.graph.outputs.map(({ name, type }) => [name, { type: full(type ?? 'float32') }]),
    ),
    nodes,
    constants: constantsRead(nodes, outputs, graph.constants, weights),
    opset: ourOpset,
  })
  return { ...(await readBack(bytes, model.label, outputs)), weights }
}

function fixedInputs(model: Model, dims: Readonly<Record<string, number>>): Ref[] {
  const first = model.graph.inputs[0]?.shape?.[0]
  if (typeof first === 'number' && dims.batch !== undefined && first !== dims.batch) {
    throw new StreambedError('onnx-fixed-batch', {
      what: `The network was exported for batches of ${first}, and batches of ${dims.batch} are asked for.`,
      where: model.label,
      mend: reexport,
    })
  }
  return instrumented(model, dims).graph.inputs.map(({ name, type, shape }) => ({
    name,
    type: full(type!),
    dims: shape as readonly number[],
  }))
}

/** Shapes of the graph as it was read, for the few operators whose upgrade depends on them. */
async function shapeOracle(model: Model, dims: Readonly<Record<string, number>>) {
  const needed = model.opset < 13 && model.graph.nodes.some(({ op }) => /^(Log)?Softmax$|^Hardmax$/.test(op))
  const shapes = needed ? await shapesOf(model, dims) : undefined
  return (tensor: string) => {
    const shape = shapes?.get(tensor)
    if (shape === undefined) throw new RangeError(`${model.label}: the shape of ${tensor} is not known`)
    return shape.dims
  }
}

function freed(
  nodes: readonly NodeSpec[],
  constants: ReadonlyMap<string, Numbers>,
  { free, statistics }: NetworkOptions,
): Map<string, Numbers> {
  const readers = new Map<string, NodeSpec[]>()
  const running = new Set<string>()
  for (const node of nodes) {
    for (const name of new Set(node.inputs)) {
      if (constants.has(name)) readers.set(name, [...(readers.get(name) ?? []), node])
    }
    if (node.op === 'BatchNormalization') for (const name of node.inputs.slice(3)) running.add(name)
  }
  const isFreed = (name: string, numbers: Numbers, of: readonly NodeSpec[]) => {
    if (running.has(name)) return statistics === 'fed'
    return numbers.type === 'float32' && free({ name, dims: numbers.dims, readers: of })
  }
  return new Map(
    [...readers].flatMap(([name, of]) => {
      const numbers = constants.get(name)!
      return isFreed(name, numbers, of) ? [[name, numbers] as const] : []
    }),
  )
}

function constantsRead(
  nodes: readonly NodeSpec[],
  outputs: readonly string[],
  constants: ReadonlyMap<string, Numbers>,
  weights: ReadonlyMap<string, Numbers>,
): Record<string, Numbers> {
  const read = new Set([...nodes.flatMap(({ inputs }) => inputs), ...outputs])
  return Object.fromEntries([...constants].filter(([name]) => read.has(name) && !weights.has(name)))
}

/** The graph as the runtime folds and fuses it, with every shape. */
async function readBack(bytes: Uint8Array, label: string, outputs: readonly string[]): Promise<Network> {
  const model = readModel(await canonical(bytes, label), label)
  const shapes = new Map<string, Ref>(
    [...(await shapesOf(model, {}))].map(([name, { type, dims }]) => [
      name,
      { name, type: type as ElementType, dims },
    ]),
  )
  const nodes = pruned(
    model.graph.nodes.map((node) => specOf(node, label)),
    outputs,
  )
  const read: Network = {
    label,
    inputs: model.graph.inputs.map(({ name }) => shapes.get(name)!),
    outputs,
    nodes,
    constants: new Map([...model.graph.initializers].map(([name, proto]) => [name, numbersOf(proto, label)])),
    shapes,
  }
  checkReshapes(read)
  return recognised(read)
}

const reexport =
  "Export it again with a batch that each run decides: torch.onnx.export(…, dynamic_axes={'input': {0: 'batch'}})."

/** The runtime believes a Reshape until it runs. */
function checkReshapes({ label, nodes, shapes }: Network): void {
  for (const { op, name, inputs, outputs } of nodes) {
    if (op !== 'Reshape') continue
    const [from, to] = [shapes.get(inputs[0])!.dims, shapes.get(outputs[0])!.dims]
    if (sizeOf(from) === sizeOf(to)) continue
    throw new StreambedError('onnx-fixed-batch', {
      what: `Reshape ${name || `→ ${outputs[0]}`} makes [${to.join(', ')}] of [${from.join(', ')}]: inside, the network was exported for another batch size.`,
      where: label,
      mend: reexport,
    })
  }
}

function full(type: ElementType): ElementType {
  return type === 'float16' ? 'float32' : type
}
