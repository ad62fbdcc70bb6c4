import {
  type BatchStatistics,
  differentiate,
  type Network,
  type Parts,
  type Pen,
  penFor,
  pruned,
  type Ref,
} from '../autodiff/index.ts'
import type { Entry, Group } from './layout.ts'
import type { Loss } from './losses/index.ts'
import type { Headed } from './networks.ts'
import type { Optimiser } from './optimisers/index.ts'

/** A graph to run, and which of its tensors is what. */
export interface StepGraph {
  readonly parts: Parts
  readonly loss?: string
  readonly penalty?: string
  readonly norm?: string
  readonly scores?: string
  /** Shapes of what the loss is fed. */
  readonly fed: Readonly<Record<string, readonly number[]>>
  /** Outputs by place in the list of entries; only those that the loss depends on. */
  readonly gradients: ReadonlyMap<number, string>
  readonly weights: ReadonlyMap<number, string>
  /** In the order of the optimiser's `keeps`. */
  readonly kept: ReadonlyMap<number, readonly string[]>
  /** Of BatchNormalization in training mode, outputs too. */
  readonly statistics: readonly BatchStatistics[]
}

/** What a loss with its gradients is written for. */
export interface LossPlan {
  readonly headed: Omit<Headed, 'plain'>
  readonly loss: Loss
  /** What each of the network's terms is worth in the loss. */
  readonly worth: readonly number[]
  /** Places of the weights that are wanted. */
  readonly wanted: readonly number[]
  readonly entries: readonly Entry[]
}

/** What an update is written for. */
export interface UpdatePlan {
  readonly entries: readonly Entry[]
  readonly groups: readonly Group[]
  readonly optimiser: Optimiser
  /** Longest gradient let through; none is cut unless said. */
  readonly clip: number | undefined
  /** Is there a pull towards an anchor? */
  readonly anchored: boolean
  /** Do only some columns of the head move? Which, is fed. */
  readonly byColumn: boolean
}

/** Names of what a step is fed, besides weights and pictures, which bear their own. */
export const inputName = {
  fed: (name: string) => `step/fed/${name}`,
  share: 'step/share',
  present: 'step/present',
  columns: 'step/columns',
  sum: (weight: string) => `step/sum/${weight}`,
  gradient: (weight: string) => `step/gradient/${weight}`,
  kept: (what: string, weight: string) => `step/${what}/${weight}`,
  anchor: (weight: string) => `step/anchor/${weight}`,
  importance: (weight: string) => `step/importance/${weight}`,
  strength: 'step/strength',
  /** Numbers are fed once a group, and to a weight that grows with the classes one a class. */
  number: (what: string, entry: Entry, groups: readonly Group[]) =>
    `step/${what}/${entry.grows ? entry.ref.name : groups[entry.group].name}`,
}

/**
 * The loss of a micro-batch and its gradients, each added to a sum that is fed; or their squares, for the Fisher
 * information of single examples.
 */
export function gradientGraph(plan: LossPlan, of: 'gradients' | 'squares' = 'gradients'): StepGraph {
  const { pen, network, inputs, loss, fed, gradients } = lossAndGradients(plan)
  const sums = new Map<number, string>()
  for (const [place, gradient] of gradients) {
    const { ref } = plan.entries[place]
    const sum: Ref = { name: inputName.sum(ref.name), type: 'float32', dims: ref.dims }
    inputs.push(sum)
    const term = of === 'squares' ? pen.emit.Mul(gradient, gradient) : gradient
    sums.set(place, pen.emit.Add(sum, term).name)
  }
  const scores = plan.headed.scores.name
  return {
    parts: written(network, pen, inputs, [loss.name, scores, ...measured(network), ...sums.values()]),
    statistics: network.statistics ?? [],
    loss: loss.name,
    scores,
    fed,
    gradients: sums,
    weights: new Map(),
    kept: new Map(),
  }
}

/** Gradients that are fed move the weights: the update by itself, for gradients gathered or altered outside. */
export function updateGraph(plan: UpdatePlan, places: readonly number[]): StepGraph {
  const empty: Network = {
    label: 'the update',
    inputs: [],
    outputs: [],
    nodes: [],
    constants: new Map(),
    shapes: new Map(),
  }
  const gradients = new Map(
    places.map((place): [number, Ref] => {
      const { name, dims } = plan.entries[place].ref
      return [place, { name: inputName.gradient(name), type: 'float32', dims }]
    }),
  )
  const inputs = [...gradients.values(), ...places.map((place) => plan.entries[place].ref)]
  const pen = penFor({ ...empty, inputs })
  const update = writeUpdate(pen, inputs, plan, gradients)
  return {
    parts: written(empty, pen, inputs, update.outputs),
    statistics: [],
    fed: {},
    gradients: new Map(),
    ...update,
  }
}

/** A whole step in one graph: loss, gradients, update. The fastest form, for batches that need not be cut. */
export function fusedGraph(lossPlan: LossPlan, updatePlan: UpdatePlan): StepGraph {
  const { pen, network, inputs, loss, fed, gradients } = lossAndGradients(lossPlan)
  const update = writeUpdate(pen, inputs, updatePlan, gradients)
  const scores = lossPlan.headed.scores.name
  return {
    parts: written(network, pen, inputs, [loss.name, scores, ...measured(network), ...update.outputs]),
    statistics: network.statistics ?? [],
    loss: loss.name,
    scores,
    fed,
    gradients: new Map(),
    ...update,
  }
}

/** Some outputs of a network alone. */
export function evaluationGraph(network: Network, outputs: readonly string[]): StepGraph {
  const nodes = pruned(network.nodes, outputs)
  const read = new Set([...nodes.flatMap((node) => node.inputs), ...outputs])
  const inputs = network.inputs.filter(({ name }) => read.has(name))
  return {
    parts: { ...network, inputs, outputs, nodes },
    fed: {},
    gradients: new Map(),
    weights: new Map(),
    kept: new Map(),
    statistics: [],
  }
}

/** The network with its loss above it. */
export function withLoss({ headed, loss, worth }: Omit<LossPlan, 'wanted' | 'entries'>) {
  const { network: below, features, scores, terms } = headed
  const [rows, width] = scores.dims
  const dims = loss.fed(rows, width)
  const fed = Object.fromEntries(
    Object.entries(dims).map(([name, shape]): [string, Ref] => [
      name,
      { name: inputName.fed(name), type: 'float32', dims: shape },
    ]),
  )
  const share: Ref = { name: inputName.share, type: 'float32', dims: [] }
  const present: Ref = { name: inputName.present, type: 'float32', dims: [rows] }
  const inputs = [...below.inputs, ...Object.values(fed), share, ...(terms.length > 0 ? [present] : [])]
  const { emit, ...above } = penFor({ ...below, inputs })
  const value = terms.reduce(
    (sum, term, i) => {
      const each = emit.Mul(term.dims.length === 1 ? term : emit.Reshape(term, [rows]), present)
      const mean = emit.Mul(emit.ReduceSum(each, [0], false), share)
      return emit.Add(sum, emit.Mul(mean, emit.scalar(worth[i])))
    },
    loss.write(emit, { scores, features, fed, share }),
  )
  const network: Network = {
    ...below,
    inputs,
    outputs: [value.name],
    nodes: [...below.nodes, ...above.nodes],
    constants: new Map([...below.constants, ...above.constants]),
    shapes: new Map([
      ...below.shapes,
      ...above.shapes,
      ...inputs.map((ref): [string, Ref] => [ref.name, ref]),
    ]),
  }
  return { network, inputs, loss: value, fed: dims }
}

function lossAndGradients(plan: LossPlan) {
  const { wanted, entries } = plan
  const { network, inputs, loss, fed } = withLoss(plan)
  const pen = penFor(network)
  const names = wanted.map((place) => entries[place].ref.name)
  const found = differentiate(
    network,
    { seeds: new Map([[loss.name, pen.emit.filled(loss.dims, 1)]]), wanted: names },
    pen,
  )
  const gradients = new Map(
    wanted.flatMap((place) => {
      const gradient = found.get(entries[place].ref.name)
      return gradient === undefined ? [] : [[place, gradient] as const]
    }),
  )
  return { pen, network, inputs, loss, fed, gradients }
}

function writeUpdate(pen: Pen, inputs: Ref[], plan: UpdatePlan, arriving: ReadonlyMap<number, Ref>) {
  const { entries, groups, optimiser } = plan
  const { emit } = pen
  const known = new Map(inputs.map((ref) => [ref.name, ref]))
  const input = (name: string, dims: readonly number[], type: Ref['type'] = 'float32'): Ref => {
    const ref = known.get(name) ?? { name, type, dims }
    if (!known.has(name)) inputs.push(ref)
    known.set(name, ref)
    return ref
  }
  const pulled = plan.anchored ? pull(emit, input, entries, arriving) : { gradients: arriving }
  const chosen = plan.byColumn ? columnsOf(emit, input, entries) : (_: Entry, moved: Ref, __?: Ref) => moved
  const given = new Map([...pulled.gradients].map(([place, ref]) => [place, chosen(entries[place], ref)]))
  const cut = plan.clip === undefined ? { gradients: given } : clipped(emit, given, plan.clip)

  const weights = new Map<number, string>()
  const kept = new Map<number, readonly string[]>()
  for (const [place, gradient] of cut.gradients) {
    const entry = entries[place]
    const { name, dims } = entry.ref
    const perClass = entry.grows ? [dims[dims.length - 1]] : []
    const known = optimiser.keeps.map((what) => input(inputName.kept(what, name), dims))
    const moved = optimiser.write(emit, {
      weight: entry.ref,
      gradient,
      kept: known,
      numbers: optimiser.numbers.map((what) => input(inputName.number(what, entry, groups), perClass)),
      weightDecay: groups[entry.group].weightDecay ?? optimiser.weightDecay,
    })
    weights.set(place, chosen(entry, moved.weight, entry.ref).name)
    kept.set(
      place,
      moved.kept.map((ref, k) => chosen(entry, ref, known[k]).name),
    )
  }
  const penalty = 'penalty' in pulled ? pulled.penalty.name : undefined
  const norm = 'norm' in cut ? cut.norm.name : undefined
  return {
    weights,
    kept,
    ...(penalty === undefined ? {} : { penalty }),
    ...(norm === undefined ? {} : { norm }),
    outputs: [
      ...(penalty === undefined ? [] : [penalty]),
      ...(norm === undefined ? [] : [norm]),
      ...weights.values(),
      ...[...kept.values()].flat(),
    ],
  }
}

/** Takes a tensor of the head where the column is one that moves, and elsewhere another, or 0. */
function columnsOf(
  emit: Pen['emit'],
  input: (name: string, dims: readonly number[], type: Ref['type']) => Ref,
  entries: readonly Entry[],
) {
  const classes = entries.find(({ grows }) => grows)?.ref.dims.at(-1) ?? 0
  return ({ grows }: Entry, moved: Ref, otherwise: Ref = emit.scalar(0)): Ref =>
    grows ? emit.Where(input(inputName.columns, [classes], 'bool'), moved, otherwise) : moved
}

/** strength · Σ importance · (w − anchor)², and its gradient on top of the others. */
function pull(
  emit: Pen['emit'],
  input: (name: string, dims: readonly number[]) => Ref,
  entries: readonly Entry[],
  arriving: ReadonlyMap<number, Ref>,
) {
  const strength = input(inputName.strength, [])
  const twice = emit.Mul(strength, emit.scalar(2))
  const gradients = new Map<number, Ref>()
  const terms: Ref[] = []
  for (const [place, gradient] of arriving) {
    const { name, dims } = entries[place].ref
    const away = emit.Sub(entries[place].ref, input(inputName.anchor(name), dims))
    const weighed = emit.Mul(input(inputName.importance(name), dims), away)
    terms.push(emit.ReduceSum(emit.Mul(weighed, away), everyAxis(dims), false))
    gradients.set(place, emit.Add(gradient, emit.Mul(weighed, twice)))
  }
  return { gradients, penalty: emit.Mul(sum(emit, terms), strength) }
}

/** All gradients times min(1, limit / (norm + 1e-6)), norm being the length of all together: PyTorch's clip_grad_norm_. */
function clipped(emit: Pen['emit'], arriving: ReadonlyMap<number, Ref>, limit: number) {
  const squares = [...arriving.values()].map((gradient) =>
    emit.ReduceSum(emit.Mul(gradient, gradient), everyAxis(gradient.dims), false),
  )
  const norm = emit.Sqrt(sum(emit, squares))
  const ratio = emit.Div(emit.scalar(limit), emit.Add(norm, emit.scalar(1e-6)))
  const share = emit.call('Min', [ratio, emit.scalar(1)], [{ dims: [] }])[0]
  return {
    norm,
    gradients: new Map([...arriving].map(([place, gradient]) => [place, emit.Mul(gradient, share)])),
  }
}

function measured({ statistics = [] }: Network): string[] {
  return statistics.flatMap(({ mean, variance }) => [mean, variance])
}

function sum(emit: Pen['emit'], terms: readonly Ref[]): Ref {
  return terms.length === 1 ? terms[0] : emit.Sum(...terms)
}

function everyAxis(dims: readonly number[]): number[] {
  return dims.map((_, axis) => axis)
}

function written(network: Network, pen: Pen, inputs: readonly Ref[], outputs: readonly string[]): Parts {
  const nodes = pruned([...network.nodes, ...pen.nodes], outputs)
  const read = new Set(nodes.flatMap((node) => node.inputs))
  return {
    inputs: inputs.filter(({ name }) => read.has(name)),
    outputs,
    nodes,
    constants: new Map([...network.constants, ...pen.constants]),
    shapes: new Map([...network.shapes, ...pen.shapes, ...inputs.map((ref) => [ref.name, ref] as const)]),
  }
}
