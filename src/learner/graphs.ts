import {
  type BatchStatistics,
  type Forward,
  type Network,
  type Parts,
  pruned,
  type Recomputed,
  type Ref,
  recomputed,
  type SteppedParameter,
  type TrainingStep,
  trainingStep,
  type Uses,
} from '../autodiff/index.ts'
import { alterations } from './alterations.ts'
import { byColumn } from './by-column.ts'
import { inputName, sharing } from './input-name.ts'
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
  /** The inputs that bear another name than `inputName` gives, with that name. */
  readonly asked: ReadonlyMap<string, string>
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
  readonly recompute: readonly Recomputed[]
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

/**
 * The loss of a micro-batch and its gradients, each added to a sum that is fed; or their squares, for the Fisher
 * information of single examples: of a graph of one row, or of many by the `uses` of the weights.
 */
export function gradientGraph(
  plan: LossPlan,
  of: 'gradients' | 'squares' = 'gradients',
  uses?: Uses,
): StepGraph {
  const { entries } = plan
  const step = trainingStep({
    ...differentiated(plan),
    update: of === 'gradients' ? 'accumulate' : 'accumulate squares',
    ...(uses && { uses }),
  })
  return graphOf(step, { gradients: byPlace(step, entries, ({ made }) => made), plan })
}

/** Gradients that are fed move the weights: the update by itself, for gradients gathered or altered outside. */
export function updateGraph(plan: UpdatePlan, places: readonly number[]): StepGraph {
  const inputs = places.map((place) => plan.entries[place].ref)
  const network: Network = {
    label: 'the update',
    inputs,
    outputs: [],
    nodes: [],
    constants: new Map(),
    shapes: new Map(inputs.map((ref) => [ref.name, ref])),
  }
  const parameters = inputs.map(({ name }) => name)
  return moved(trainingStep({ network, parameters, ...updating(plan) }), plan)
}

/** A whole step in one graph: loss, gradients, update. The fastest form, for batches that need not be cut. */
export function fusedGraph(lossPlan: LossPlan, updatePlan: UpdatePlan): StepGraph {
  return moved(trainingStep({ ...differentiated(lossPlan), ...updating(updatePlan) }), updatePlan, lossPlan)
}

/** Some outputs of a network alone. */
export function evaluationGraph(network: Network, outputs: readonly string[]): StepGraph {
  const nodes = pruned(network.nodes, outputs)
  const read = new Set([...nodes.flatMap((node) => node.inputs), ...outputs])
  const inputs = network.inputs.filter(({ name }) => read.has(name))
  return {
    parts: { ...network, inputs, outputs, nodes },
    fed: {},
    asked: new Map(),
    gradients: new Map(),
    weights: new Map(),
    kept: new Map(),
    statistics: [],
  }
}

/** How the loss is written above a network, whose terms are a part of it. */
export function lossOf({ headed, loss, worth }: Pick<LossPlan, 'headed' | 'loss' | 'worth'>) {
  const { features, scores, terms } = headed
  return ({ emit, input }: Forward): Ref => {
    const [rows, width] = scores.dims
    const fed = Object.fromEntries(
      Object.entries(loss.fed(rows, width)).map(([name, dims]) => [name, input(inputName.fed(name), dims)]),
    )
    const share = input(inputName.share, [])
    const value = loss.write(emit, { scores, features, fed, share })
    if (terms.length === 0) return value
    const present = input(inputName.present, [rows])
    return terms.reduce((sum, term, i) => {
      const each = emit.Mul(term.dims.length === 1 ? term : emit.Reshape(term, [rows]), present)
      const mean = emit.Mul(emit.ReduceSum(each, [0], false), share)
      return emit.Add(sum, emit.Mul(mean, emit.scalar(worth[i])))
    }, value)
  }
}

function differentiated(plan: LossPlan) {
  const { headed, wanted, entries } = plan
  return {
    network: headed.network,
    parameters: wanted.map((place) => entries[place].ref.name),
    loss: lossOf(plan),
    reads: [headed.scores.name],
  }
}

function updating(plan: UpdatePlan) {
  const { entries, groups, optimiser } = plan
  const known = new Map(entries.map((entry) => [entry.ref.name, entry]))
  const of = (name: string) => known.get(name)!
  return {
    update: plan.byColumn ? byColumn(optimiser, of) : optimiser,
    alter: alterations(plan, of),
    groupOf: (name: string) => sharing(of(name), groups),
    numberDimsOf: (name: string) => (of(name).grows ? of(name).ref.dims.slice(-1) : []),
    weightDecayOf: (name: string) => groups[of(name).group].weightDecay ?? optimiser.weightDecay,
  }
}

function moved(step: TrainingStep, { entries }: UpdatePlan, plan?: LossPlan): StepGraph {
  const weights = byPlace(step, entries, ({ made }) => made)
  const kept = byPlace(step, entries, (each) => each.kept.map(({ made }) => made))
  return graphOf(step, { weights, kept, ...(plan && { plan }) })
}

function byPlace<Value>(
  { parameters }: TrainingStep,
  entries: readonly Entry[],
  value: (of: SteppedParameter) => Value,
): Map<number, Value> {
  const places = new Map(entries.map(({ ref }, place) => [ref.name, place]))
  return new Map(parameters.map((each) => [places.get(each.name)!, value(each)]))
}

function graphOf(
  { parts, loss, told, asked, statistics }: TrainingStep,
  { plan, ...made }: Partial<Pick<StepGraph, 'gradients' | 'weights' | 'kept'>> & { plan?: LossPlan },
): StepGraph {
  const [rows, width] = plan?.headed.scores.dims ?? []
  return {
    parts: plan ? recomputed(parts, plan.headed.network, plan.recompute) : parts,
    asked,
    statistics,
    fed: plan?.loss.fed(rows, width) ?? {},
    gradients: new Map(),
    weights: new Map(),
    kept: new Map(),
    ...(plan && { loss, scores: plan.headed.scores.name }),
    ...Object.fromEntries(told),
    ...made,
  }
}
