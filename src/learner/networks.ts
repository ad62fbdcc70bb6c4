import {
  convProducts,
  type FreedNetwork,
  lowered,
  networkOf,
  type Ref,
  type Weight,
} from '../autodiff/index.ts'
import { StreambedError } from '../error.ts'
import { type Model, type Numbers, withOutputs } from '../onnx/index.ts'
import { withHead, withValues } from '../rewriting/index.ts'
import { shapesOf } from '../runtime/index.ts'
import type { Chance } from '../tensor/index.ts'
import type { Headed } from './graphs.ts'
import type { LearnerOptions } from './options.ts'

/** The network with its head, as a model and as graphs of any number of rows. */
export interface Networks {
  readonly model: Model
  /** Freed for training in the order in which the network reads them, and what was in them. */
  readonly weights: ReadonlyMap<string, Numbers>
  /** Those of the head; of the ones with a dimension, the last is the classes. */
  readonly head: ReadonlySet<string>
  /** Running statistics of BatchNormalization in training mode. */
  readonly statistics: ReadonlyMap<string, Numbers>
  readonly classes: number
  /** A graph for this many rows and classes; `training` differs from evaluation only in BatchNormalization. */
  of(rows: number, classes: number, mode: 'training' | 'evaluation'): Promise<Headed>
}

/**
 * @throws learner-output when the output is not one vector an example, or not named where there are several
 */
export async function networksOf(options: LearnerOptions, random: Chance): Promise<Networks> {
  const { model: given, head, trainable, batchNorm = 'frozen', batch } = options
  const output = await vectorOutput(given, options.output)
  const below = withOutputs(given, [output.name])
  const made =
    head === 'none'
      ? { model: below, trainable: [] }
      : withHead(below, {
          feature: output.name,
          width: output.size,
          classes: head.classes,
          kind: head.kind,
          random,
          ...(head.init === undefined ? {} : { init: head.init }),
        })
  const headNames = new Set(made.trainable.map(({ name }) => name))
  const scores = made.model.graph.outputs.at(-1)!.name
  const free = (weight: Weight) => {
    if (headNames.has(weight.name)) return true
    if (typeof trainable === 'function') return trainable(weight)
    // Numbers of a formula (√2, a scale) are float tables too: of rank 0, or written as Constant nodes.
    return trainable === 'all' && weight.dims.length > 0 && given.graph.initializers.has(weight.name)
  }

  const graphs = new Map<string, Promise<Headed & { freed: FreedNetwork }>>()
  const build = async (rows: number, classes: number, mode: 'training' | 'evaluation') => {
    const wide = made.trainable.map(({ name, dims }) => [name, zeros(widerDims(dims, classes))] as const)
    const model = wide.length === 0 ? made.model : withValues(made.model, Object.fromEntries(wide))
    const freed = await networkOf(model, {
      dims: { batch: rows },
      free,
      statistics: batchNorm === 'training' ? 'fed' : 'constant',
    })
    const still = batchNorm === 'training' && mode === 'evaluation'
    const network = convProducts(still ? freed : lowered(freed, { batchNorm }))
    const ref = (name: string): Ref => network.shapes.get(name)!
    return { network, features: ref(output.name), scores: ref(scores), freed }
  }
  const of = (rows: number, classes: number, mode: 'training' | 'evaluation') => {
    const key = `${rows} ${classes} ${batchNorm === 'training' ? mode : ''}`
    let graph = graphs.get(key)
    if (graph === undefined) {
      for (const old of graphs.keys()) if (old.split(' ')[1] !== String(classes)) graphs.delete(old)
      graph = build(rows, classes, mode)
      graphs.set(key, graph)
    }
    return graph
  }

  const classes = head === 'none' ? output.size : head.classes
  const first = (await of(batch, classes, 'training')) as Headed & { freed: FreedNetwork }
  const running = new Set(
    (first.network.statistics ?? []).flatMap(({ runningMean, runningVariance }) => [
      runningMean,
      runningVariance,
    ]),
  )
  const all = [...first.freed.weights]
  const drawn = new Map(made.trainable.map(({ name, init }) => [name, init]))
  return {
    model: made.model,
    weights: new Map(
      all.flatMap(([name, numbers]) =>
        running.has(name) ? [] : [[name, drawn.get(name) ?? numbers] as const],
      ),
    ),
    head: headNames,
    statistics: new Map(all.filter(([name]) => running.has(name))),
    classes,
    of,
  }
}

function widerDims(dims: readonly number[], classes: number): readonly number[] {
  return dims.length === 0 ? dims : dims.with(-1, classes)
}

function zeros(dims: readonly number[]): Numbers {
  return { type: 'float32', dims, data: new Float32Array(dims.reduce((size, dim) => size * dim, 1)) }
}

async function vectorOutput(model: Model, wanted: string | undefined) {
  const names = model.graph.outputs.map(({ name }) => name)
  const refuse = (what: string) =>
    new StreambedError('learner-output', {
      what,
      where: model.label,
      mend: `Say \`output\`: one of rank 2, [examples, dimension], among ${names.join(', ')}.`,
    })
  const name = wanted ?? names[0]
  if (wanted === undefined && names.length !== 1) throw refuse(`The network has ${names.length} outputs`)
  const shape = (await shapesOf(model, { batch: 1 })).get(name)
  if (shape === undefined) throw refuse(`The network has no output "${name}"`)
  if (shape.dims.length !== 2) {
    throw refuse(`Its output ${name} is of shape [${['examples', ...shape.dims.slice(1)].join(', ')}]`)
  }
  return { name, size: shape.dims[1] }
}
