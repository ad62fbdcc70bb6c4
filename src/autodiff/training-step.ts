import type { ElementType } from '../tensor/index.ts'
import { bytesOf, type Parts } from './bytes.ts'
import { differentiate } from './differentiate.ts'
import type { Emit } from './emit.ts'
import { exampleSquares, type Uses } from './example-squares.ts'
import type { BatchStatistics, Network, Ref } from './network.ts'
import { type Pen, penFor } from './pen.ts'
import { assembled, exposing } from './step-parts.ts'
import { type Forward, withLoss } from './with-loss.ts'

/** Something that is fed with each step; asked for again, it is the same. Its name may change to keep it apart. */
export type Ask = (name: string, dims: readonly number[], type?: ElementType) => Ref

/** How a gradient moves its weight, written into the graph. */
export interface Update {
  /** What is kept of each weight between steps, of its shape. */
  readonly keeps: readonly string[]
  /** Numbers that are fed with each step. */
  readonly numbers: readonly string[]
  write(emit: Emit, terms: UpdateOf, ask: Ask): { weight: Ref; kept: readonly Ref[] }
}

export interface UpdateOf {
  readonly weight: Ref
  readonly gradient: Ref
  readonly kept: readonly Ref[]
  readonly numbers: readonly Ref[]
  readonly weightDecay: number
}

export interface TrainingStepOptions {
  readonly network: Network
  /** The inputs that are trained. */
  readonly parameters: readonly string[]
  /** Writes the loss, a float32 of rank 0. Without one the gradients are fed: the graph is the update by itself. */
  readonly loss?: (forward: Forward) => Ref
  /** Hand out the gradients, add them (or their squares) to what is fed, or move the weights. */
  readonly update: 'gradients' | 'accumulate' | 'accumulate squares' | Update
  /** With 'accumulate squares': the gradient of each example is squared by itself, by these uses of the parameters. */
  readonly uses?: Uses
  /** Changes gradients, by parameter, before they move anything; what is `told` is handed out under its name. */
  readonly alter?: (emit: Emit, gradients: ReadonlyMap<string, Ref>, ask: Ask) => Altered
  /** Weights of one group share the numbers of their update; one group, '', unless said. */
  readonly groupOf?: (parameter: string) => string
  /** Shape of the numbers of a parameter's group, which broadcasts over it; rank 0 unless said. */
  readonly numberDimsOf?: (parameter: string) => readonly number[]
  readonly weightDecayOf?: (parameter: string) => number
  /** Tensors of the network to hand out beside the loss. */
  readonly reads?: readonly string[]
}

export interface Altered {
  readonly gradients: ReadonlyMap<string, Ref>
  readonly told?: Readonly<Record<string, Ref>>
}

/** A graph that does one training step, and what its inputs and outputs are called. */
export interface TrainingStep {
  readonly parts: Parts
  /** The model file. */
  readonly bytes: Uint8Array
  /** The output that is the loss; '' without one. */
  readonly loss: string
  /** What the loss asked for, by the name it asked with. */
  readonly fed: ReadonlyMap<string, Ref>
  /** The inputs that bear another name than they were asked for by, with that name. */
  readonly asked: ReadonlyMap<string, string>
  /** The numbers of the updates, one a number and group. */
  readonly numbers: readonly { readonly name: string; readonly group: string; readonly input: string }[]
  /** In forward order; those alone that the loss depends on. */
  readonly parameters: readonly SteppedParameter[]
  readonly statistics: readonly BatchStatistics[]
  /** What was told of the gradients: outputs by name. */
  readonly told: ReadonlyMap<string, string>
}

export interface SteppedParameter {
  readonly name: string
  readonly dims: readonly number[]
  /** Output: the gradient, or the sum of gradients, or the new weight. Never written over what is read. */
  readonly made: string
  /** Input of the sum so far ('accumulate' only): this one output may be written over it. */
  readonly sum?: string
  /** Inputs and outputs of what is kept between steps. */
  readonly kept: readonly { readonly name: string; readonly input: string; readonly made: string }[]
}

/**
 * The training step of a network: forward, loss, backward and update in one graph of ordinary operators.
 *
 * An update never writes over the weight it reads, since a gradient further down may still need the old one: new
 * weights and what is kept with them are outputs of their own, for a caller with two sets of buffers that swap.
 * Updates stand in forward order at the end: the runtime starts from the last node and walks back, so that the
 * last layer is differentiated and updated first, and its memory is free for the one below.
 *
 * Inputs are called `<weight>.sum`, `<weight>.gradient`, `<weight>.<what is kept>`, `<number>` or `<number>.<group>`.
 *
 * @throws unsupported-gradient, naming the node
 */
export function trainingStep(options: TrainingStepOptions): TrainingStep {
  const { network, update, reads = [] } = options
  const { whole, loss, fed } =
    options.loss === undefined
      ? { whole: network, loss: undefined, fed: new Map<string, Ref>() }
      : withLoss(network, options.loss)
  const weights = network.inputs.filter(({ name }) => options.parameters.includes(name))
  const pen = penFor(whole)
  const desk = deskOf(pen)
  const arriving = gradientsOf()
  function gradientsOf(): ReadonlyMap<string, Ref> {
    if (loss === undefined) {
      return new Map(weights.map(({ name, dims }) => [name, desk.ask(`${name}.gradient`, dims)]))
    }
    const seeds = new Map([[loss.name, pen.emit.filled(loss.dims, 1)]])
    if (options.uses !== undefined) return exampleSquares(whole, { seeds, uses: options.uses }, pen)
    return differentiate(whole, { seeds, wanted: weights.map(({ name }) => name) }, pen)
  }
  const { gradients, told = {} } = options.alter?.(pen.emit, arriving, desk.ask) ?? { gradients: arriving }

  const exposed = exposing(pen)
  const saying = new Map(Object.entries(told).map(([name, ref]) => [name, exposed.as(name, ref)]))
  const numbers = new Map<string, { name: string; group: string; input: string }>()
  const parameters = weights.flatMap((weight): SteppedParameter[] => {
    const gradient = gradients.get(weight.name)
    if (gradient === undefined) return []
    return [stepped(weight, gradient)]
  })
  function stepped(weight: Ref, gradient: Ref): SteppedParameter {
    const { name, dims } = weight
    if (update === 'gradients') {
      return { name, dims, kept: [], made: exposed.as(`${name}.gradient`, gradient) }
    }
    if (update === 'accumulate' || update === 'accumulate squares') {
      const sum = desk.ask(`${name}.sum`, dims)
      const isReady = update === 'accumulate' || options.uses !== undefined
      const term = isReady ? gradient : pen.emit.Mul(gradient, gradient)
      const made = exposed.as(`${sum.name}.next`, pen.emit.Add(sum, term))
      return { name, dims, kept: [], sum: sum.name, made }
    }
    const group = options.groupOf?.(name) ?? ''
    const number = (what: string) => {
      const ref = desk.ask(group === '' ? what : `${what}.${group}`, options.numberDimsOf?.(name) ?? [])
      numbers.set(ref.name, { name: what, group, input: ref.name })
      return ref
    }
    const kept = update.keeps.map((keep) => desk.ask(`${name}.${keep}`, dims))
    const terms = {
      weight,
      gradient,
      kept,
      numbers: update.numbers.map(number),
      weightDecay: options.weightDecayOf?.(name) ?? 0,
    }
    const next = update.write(pen.emit, terms, desk.ask)
    const made = kept.map((ref, index) => ({
      name: update.keeps[index],
      input: ref.name,
      made: exposed.as(`${ref.name}.next`, next.kept[index]),
    }))
    return { name, dims, kept: made, made: exposed.as(`${name}.next`, next.weight) }
  }

  const statistics = network.statistics ?? []
  const outputs = [
    ...(loss === undefined ? [] : [loss.name]),
    ...reads,
    ...statistics.flatMap(({ mean, variance }) => [mean, variance]),
    ...saying.values(),
    ...parameters.flatMap(({ kept, made }) => [...kept.map((each) => each.made), made]),
  ]
  const inputs = [...whole.inputs, ...desk.inputs]
  const parts = assembled(whole, pen, inputs, [...new Set(outputs)], exposed.names)
  return {
    parts,
    get bytes() {
      return bytesOf(parts)
    },
    loss: loss?.name ?? '',
    fed,
    asked: new Map([...desk.asked, ...[...fed].map(([name, ref]) => [ref.name, name] as const)]),
    numbers: [...numbers.values()],
    parameters,
    statistics,
    told: saying,
  }
}

/** Where inputs are asked for beside those of the network. */
function deskOf(pen: Pen) {
  const known = new Map<string, Ref>()
  const asked = new Map<string, string>()
  const ask: Ask = (name, dims, type = 'float32') => {
    const before = known.get(name)
    if (before !== undefined) return before
    const ref: Ref = { name: pen.fresh(name), type, dims }
    pen.shapes.set(ref.name, ref)
    known.set(name, ref)
    asked.set(ref.name, name)
    return ref
  }
  return {
    ask,
    asked,
    get inputs() {
      return [...known.values()]
    },
  }
}
