import { convProducts, lowered, type Network, networkOf, type Ref, type Weight } from '../autodiff/index.ts'
import { StreambedError } from '../error.ts'
import {
  buildModel,
  type Model,
  type Numbers,
  numbersOf,
  readModel,
  specOf,
  withOutputs,
} from '../onnx/index.ts'
import { type HeadInit, withHead, withValues } from '../rewriting/index.ts'
import type { Chance } from '../tensor/index.ts'
import { type Fronts, frontsOf } from './fronts.ts'
import type { LearnerOptions } from './options.ts'
import { vectorOutput } from './vector-output.ts'

/** A network for so many rows whose outputs are the features and the scores that stand on them; or one is both. */
export interface Headed {
  /** In forms that are cheap to run and to differentiate. */
  readonly network: Network
  /** As it was before: what its operations are counted from. */
  readonly plain: Network
  readonly features: Ref
  readonly scores: Ref
  /** Further outputs, [rows] or [rows, 1]. */
  readonly terms: readonly Ref[]
}

/** What a graph is made for. */
export interface Shape {
  readonly rows: number
  readonly classes: number
}

/** The network with its head, as a model and as graphs of any number of rows. */
export interface Networks {
  readonly model: Model
  readonly fronts: Fronts
  /** Freed for training in the order in which the network reads them, and what was in them. */
  readonly weights: ReadonlyMap<string, Numbers>
  /** Those of the head; of the ones with a dimension, the last is the classes. */
  readonly head: ReadonlySet<string>
  /** Running statistics of BatchNormalization in training mode. */
  readonly statistics: ReadonlyMap<string, Numbers>
  readonly classes: number
  /** `training` differs from evaluation only in BatchNormalization. */
  of(shape: Shape, mode: 'training' | 'evaluation'): Promise<Headed>
  /** Features alone, to evaluate: the same graph however many classes there are. */
  below(shape: Pick<Shape, 'rows'>): Promise<Pick<Headed, 'network' | 'features'>>
  /** The head alone: features in, scores out. None where the features are the scores. */
  above(
    shape: Pick<Shape, 'rows' | 'classes'>,
  ): Promise<Pick<Headed, 'network' | 'features' | 'scores'>> | undefined
}

/**
 * @throws learner-output when the output is not one vector an example, or not named where there are several
 */
export async function networksOf(options: LearnerOptions, label: string, random: Chance): Promise<Networks> {
  const { head, trainable, batchNorm = 'frozen', batch, terms = [] } = options
  const fronts = frontsOf(options, label)
  const given = await fronts.sized(options.model)
  const output = await vectorOutput(given, options)
  const below = withOutputs(given, [output.name])
  const headed = (on: Model, init?: HeadInit) =>
    head === 'none'
      ? { model: on, trainable: [] }
      : withHead(on, {
          feature: output.name,
          width: output.size,
          classes: head.classes,
          kind: head.kind,
          random,
          ...(init === undefined ? {} : { init }),
        })
  const made = headed(
    withOutputs(given, [...new Set([output.name, ...terms.map((term) => term.output)])]),
    head === 'none' ? undefined : head.init,
  )
  const headNames = new Set(made.trainable.map(({ name }) => name))
  const scores = head === 'none' ? output.name : made.model.graph.outputs.at(-1)!.name
  // Numbers of a formula are float tables too: of rank 0 (√2, a scale), written as Constant nodes, or the head's own.
  const tables = new Set([
    ...given.graph.nodes.flatMap(({ op, outputs }) => (op === 'Constant' ? outputs : [])),
    ...[...made.model.graph.initializers.keys()].filter((name) => !given.graph.initializers.has(name)),
  ])
  const free = (weight: Weight) => {
    const { name } = weight
    if (headNames.has(name)) return true
    if (typeof trainable === 'function') return trainable(weight)
    return trainable === 'all' && weight.dims.length > 0 && !tables.has(name)
  }
  const freed = (model: Model, rows: number, classes: number) => {
    const wide = made.trainable
      .filter(({ name }) => model.graph.initializers.has(name))
      .map(({ name, dims }) => [name, zeros(widerDims(dims, classes))] as const)
    return networkOf(wide.length === 0 ? model : withValues(model, Object.fromEntries(wide)), {
      dims: { batch: rows },
      free,
      statistics: batchNorm === 'training' ? 'fed' : 'constant',
    })
  }
  const cheap = (network: Network, mode: 'training' | 'evaluation') =>
    convProducts(
      batchNorm === 'training' && mode === 'evaluation' ? network : lowered(network, { batchNorm }),
    )
  const ref = (network: Network, name: string): Ref => network.shapes.get(name)!

  const build = async ({ rows, classes }: Shape, mode: 'training' | 'evaluation') => {
    const plain = await freed(made.model, rows, classes)
    const network = cheap(plain, mode)
    const features = ref(network, output.name)
    if (features.dims[0] !== rows) throw anotherNumberOfRows(features, rows, given.label)
    return {
      network,
      plain,
      features,
      scores: ref(network, scores),
      terms: terms.map((term) => ref(network, term.output)),
    }
  }
  const graphs = new Map<string, ReturnType<typeof build>>()
  const of = (shape: Shape, mode: 'training' | 'evaluation') => {
    const { rows, classes } = shape
    const key = `${rows} ${classes} ${batchNorm === 'training' ? mode : ''}`
    let graph = graphs.get(key)
    if (graph === undefined) {
      for (const old of graphs.keys()) if (old.split(' ')[1] !== String(classes)) graphs.delete(old)
      graph = build(shape, mode)
      graphs.set(key, graph)
      graph.catch(() => graphs.delete(key))
    }
    return graph
  }

  const classes = head === 'none' ? output.size : head.classes
  const first = await of({ rows: batch, classes }, 'training')
  const all = [...first.plain.weights]
  const running = new Set(
    (first.network.statistics ?? []).flatMap(({ runningMean, runningVariance }) => [
      runningMean,
      runningVariance,
    ]),
  )
  const drawn = new Map(made.trainable.map(({ name, init }) => [name, init]))
  return {
    model: headed(below, 'zeros').model,
    fronts,
    weights: new Map(
      all.flatMap(([name, numbers]) =>
        running.has(name) ? [] : [[name, drawn.get(name) ?? numbers] as const],
      ),
    ),
    head: headNames,
    statistics: new Map(all.filter(([name]) => running.has(name))),
    classes,
    of,
    async below({ rows }) {
      const network = cheap(await freed(below, rows, 0), 'evaluation')
      return { network, features: ref(network, output.name) }
    },
    above({ rows, classes }) {
      if (head === 'none') return undefined
      return freed(headAlone(made.model, output, scores), rows, classes).then((network) => ({
        network,
        features: network.inputs.find(({ name }) => !headNames.has(name))!,
        scores: ref(network, scores),
      }))
    },
  }
}

/** The nodes above the features, and what they read. */
function headAlone(model: Model, features: { name: string; size: number }, scores: string): Model {
  const { nodes, initializers } = model.graph
  const needed = new Set([scores])
  const above = nodes.toReversed().filter(({ inputs, outputs }) => {
    if (outputs.includes(features.name) || !outputs.some((name) => needed.has(name))) return false
    for (const name of inputs) needed.add(name)
    return true
  })
  const constants = [...initializers].filter(([name]) => needed.has(name))
  const label = `the head of ${model.label}`
  return readModel(
    buildModel({
      name: 'head',
      inputs: { [features.name]: { type: 'float32', shape: ['batch', features.size] } },
      outputs: { [scores]: { type: 'float32' } },
      nodes: above.reverse().map((node) => specOf(node, label)),
      constants: Object.fromEntries(constants.map(([name, proto]) => [name, numbersOf(proto, label)])),
      opset: model.opset,
    }),
    label,
  )
}

function widerDims(dims: readonly number[], classes: number): readonly number[] {
  return dims.length === 0 ? dims : dims.with(-1, classes)
}

function zeros(dims: readonly number[]): Numbers {
  return { type: 'float32', dims, data: new Float32Array(dims.reduce((size, dim) => size * dim, 1)) }
}

/** A network that lays examples into one another, or makes its output of no input at all. */
function anotherNumberOfRows({ name, dims }: Ref, rows: number, label: string): StreambedError {
  return new StreambedError('learner-output', {
    what: `Of ${rows} examples, the network makes ${name} of shape [${dims.join(', ')}], and not one row each.`,
    where: label,
    mend: 'Export the network again with a batch that each run decides, and an output [batch, dimension].',
  })
}
