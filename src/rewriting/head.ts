import { either, StreambedError } from '../error.ts'
import type { Model, NodeSpec } from '../onnx/index.ts'
import type { Chance } from '../tensor/index.ts'
import { filled, kaimingUniform, truncatedNormal } from './init.ts'
import { type Rewritten, surgery, type Trainable } from './surgery.ts'

export interface HeadOptions {
  /** The output that is classified, [batch, width]. */
  feature: string
  width: number
  classes: number
  /**
   * `linear`: z = f·W + b. `cosine`: z = sigma · (f / ‖f‖)·(W / ‖W‖ by class), sigma learnable and 1 at the start.
   */
  kind: 'linear' | 'cosine'
  /** Of W: PyTorch's uniform law of a linear layer (the default), normal cut at 2 with deviation 0.02, or zeros. */
  init?: HeadInit
  /** What to call the scores; 'scores' unless said. */
  output?: string
  random: Chance
}

export type HeadInit = 'uniform' | 'truncated-normal' | 'zeros'

/**
 * A classifier on an output of the network, which stays an output; `scores` is another.
 *
 * Weights are called head.weight [width, classes], head.bias [classes] and head.scale [], as far as the kind has them.
 * @throws head-without-feature, listing the outputs there are.
 */
export function withHead(model: Model, options: HeadOptions): Rewritten {
  const { feature, width, classes, kind, random } = options
  const outputs = model.graph.outputs.map(({ name }) => name)
  if (!outputs.includes(feature)) {
    throw new StreambedError('head-without-feature', {
      what: `A head was asked for on "${feature}", which is no output of the network.`,
      where: model.label,
      mend: `Its outputs are ${either(outputs)}.`,
    })
  }
  const work = surgery(model)
  const dims = [width, classes]
  const weight = work.weight('head.weight', dims, headColumns(dims, options.init ?? 'uniform', random))
  const scores = work.fresh(options.output ?? 'scores')
  const nodes: NodeSpec[] = []
  const make = (op: string, inputs: string[], wanted: string) => {
    const output = wanted === scores ? scores : work.fresh(wanted)
    nodes.push({ op, inputs, outputs: [output] })
    return output
  }
  if (kind === 'linear') {
    const bias = work.weight('head.bias', [classes], filled([classes], 0))
    make('Add', [make('MatMul', [feature, weight], 'head.product'), bias], scores)
  } else {
    const scale = work.weight('head.scale', [], Float32Array.of(1))
    const tiny = work.table('head.tiny', { type: 'float32', dims: [], data: [1e-24] })
    const ones = (rows: number, columns: number) =>
      work.table('head.ones', { type: 'float32', dims: [rows, columns], data: filled([width], 1) })
    // sums of squares as products: the same in every opset, and a row sum is fastest so
    const normed = (tensor: string, sum: (squares: string) => string, name: string) => {
      const squares = make('Mul', [tensor, tensor], `${name}.squares`)
      const length = make('Sqrt', [make('Add', [sum(squares), tiny], `${name}.sum`)], `${name}.length`)
      return make('Div', [tensor, length], `${name}.normed`)
    }
    const f = normed(feature, (x) => make('MatMul', [x, ones(width, 1)], 'head.f.sum'), 'head.f')
    const w = normed(weight, (x) => make('MatMul', [ones(1, width), x], 'head.w.sum'), 'head.w')
    make('Mul', [make('MatMul', [f, w], 'head.cosine'), scale], scores)
  }
  work.append(...nodes)
  work.declareOutput(scores, { type: 'float32', shape: ['batch', 'classes'] }) // a name, since it may grow
  return work.done()
}

/**
 * The weights of a head as they are now, with room for `added` more classes behind: the old columns to the bit, the new
 * ones drawn as at the start. Put them into the model with `withValues`.
 */
export function grownHead(
  head: readonly Trainable[],
  added: number,
  random: Chance,
  init: HeadInit = 'uniform',
): Trainable[] {
  return head.map((part) => {
    if (part.dims.length === 0) return part
    const [width, classes] = part.dims.length === 2 ? part.dims : [1, part.dims[0]]
    const fresh = headColumns([width, added], part.dims.length === 2 ? init : 'zeros', random)
    const data = new Float32Array(width * (classes + added))
    for (let row = 0; row < width; row++) {
      data.set(part.init.data.subarray(row * classes, (row + 1) * classes), row * (classes + added))
      data.set(fresh.subarray(row * added, (row + 1) * added), row * (classes + added) + classes)
    }
    const dims = part.dims.length === 2 ? [width, classes + added] : [classes + added]
    return { name: part.name, dims, init: { type: 'float32', dims, data } }
  })
}

function headColumns(
  dims: readonly [number, number] | number[],
  init: HeadInit,
  random: Chance,
): Float32Array {
  if (init === 'zeros') return filled(dims, 0)
  return init === 'uniform' ? kaimingUniform(dims, dims[0], random) : truncatedNormal(dims, 0.02, random)
}
