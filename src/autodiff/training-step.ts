import type { ElementType } from '../tensor/index.ts'
import { bytesOf, type Parts } from './bytes.ts'
import { differentiate } from './differentiate.ts'
import type { Emit } from './emit.ts'
import type { BatchStatistics, Network, Ref } from './network.ts'
import { penFor } from './pen.ts'
import { assembled, exposing, renamed, withNames } from './step-parts.ts'

/** What a loss is written with. */
export interface Forward {
  readonly emit: Emit
  /** A tensor of the network by its name: scores, features. */
  tensor(name: string): Ref
  /** Something else that is fed with each batch; float32 unless said. Its name may change to keep it apart. */
  input(name: string, dims: readonly number[], type?: ElementType): Ref
}

/** How a gradient moves its weight, written into the graph. */
export interface Update {
  /** What is kept of each weight between steps, of its shape. */
  readonly keeps: readonly string[]
  /** Numbers of rank 0 that are fed with each step. */
  readonly numbers: readonly string[]
  write(emit: Emit, terms: UpdateOf): { weight: Ref; kept: readonly Ref[] }
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
  /** Writes the loss, a float32 of rank 0. */
  readonly loss: (forward: Forward) => Ref
  /** Hand out the gradients, add them to what is fed, or move the weights. */
  readonly update: 'gradients' | 'accumulate' | Update
  /** Weights of one group share the numbers of their update; one group, '', unless said. */
  readonly groupOf?: (parameter: string) => string
  readonly weightDecayOf?: (parameter: string) => number
  /** Tensors of the network to hand out beside the loss. */
  readonly reads?: readonly string[]
}

/** A graph that does one training step, and what its inputs and outputs are called. */
export interface TrainingStep {
  readonly parts: Parts
  /** The model file. */
  readonly bytes: Uint8Array
  readonly loss: string
  /** What the loss asked for, by the name it asked with. */
  readonly fed: ReadonlyMap<string, Ref>
  /** The numbers of the updates, one a number and group. */
  readonly numbers: readonly { readonly name: string; readonly group: string; readonly input: string }[]
  /** In forward order. */
  readonly parameters: readonly SteppedParameter[]
  readonly statistics: readonly BatchStatistics[]
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
 * @throws unsupported-gradient, naming the node
 */
export function trainingStep(options: TrainingStepOptions): TrainingStep {
  const { network, update } = options
  const parameters = network.inputs.filter(({ name }) => options.parameters.includes(name))
  const { whole, loss, fed } = withLoss(network, options.loss)
  const pen = penFor(whole)
  const seeds = new Map([[loss.name, pen.emit.filled(loss.dims, 1)]])
  const gradients = differentiate(whole, { seeds, wanted: parameters.map(({ name }) => name) }, pen)

  const inputs = [...whole.inputs]
  const exposed = exposing(pen)
  const input = (name: string, dims: readonly number[]): Ref => {
    const ref: Ref = { name: pen.fresh(name), type: 'float32', dims }
    pen.shapes.set(ref.name, ref)
    inputs.push(ref)
    return ref
  }
  const numbers: { name: string; group: string; input: string; ref: Ref }[] = []
  const number = (name: string, group: string): Ref => {
    const known = numbers.find((one) => one.name === name && one.group === group)
    if (known !== undefined) return known.ref
    const ref = input(group === '' ? name : `${name}.${group}`, [])
    numbers.push({ name, group, input: ref.name, ref })
    return ref
  }

  const made = parameters.map((weight): SteppedParameter => {
    const { name, dims } = weight
    const gradient = gradients.get(name) ?? pen.emit.Expand(pen.emit.scalar(0), dims)
    if (update === 'gradients') {
      return { name, dims, kept: [], made: exposed.as(`${name}.gradient`, gradient) }
    }
    if (update === 'accumulate') {
      const sum = input(`${name}.sum`, dims)
      return {
        name,
        dims,
        kept: [],
        sum: sum.name,
        made: exposed.as(`${sum.name}.next`, pen.emit.Add(sum, gradient)),
      }
    }
    const group = options.groupOf?.(name) ?? ''
    const kept = update.keeps.map((keep) => input(`${name}.${keep}`, dims))
    const next = update.write(pen.emit, {
      weight,
      gradient,
      kept,
      numbers: update.numbers.map((wanted) => number(wanted, group)),
      weightDecay: options.weightDecayOf?.(name) ?? 0,
    })
    return {
      name,
      dims,
      kept: kept.map((ref, index) => ({
        name: update.keeps[index],
        input: ref.name,
        made: exposed.as(`${ref.name}.next`, next.kept[index]),
      })),
      made: exposed.as(`${name}.next`, next.weight),
    }
  })

  const statistics = network.statistics ?? []
  const outputs = [
    loss.name,
    ...(options.reads ?? []),
    ...statistics.flatMap(({ mean, variance }) => [mean, variance]),
    ...made.flatMap((parameter) => [...parameter.kept.map((kept) => kept.made), parameter.made]),
  ]
  const parts = assembled(whole, pen, inputs, [...new Set(outputs)], exposed.names)
  return {
    parts,
    bytes: bytesOf(parts),
    loss: loss.name,
    fed,
    numbers: numbers.map(({ name, group, input }) => ({ name, group, input })),
    parameters: made,
    statistics,
  }
}

/** The network with the loss above it, called `loss` unless that name is taken. */
function withLoss(network: Network, write: TrainingStepOptions['loss']) {
  const pen = penFor(network)
  const fed = new Map<string, Ref>()
  const written = write({
    emit: pen.emit,
    tensor(name) {
      const ref = network.shapes.get(name)
      if (ref === undefined) throw new RangeError(`${network.label} makes no tensor called ${name}`)
      return ref
    },
    input(name, dims, type = 'float32') {
      const ref = { name: pen.fresh(name), type, dims }
      fed.set(name, ref)
      pen.shapes.set(ref.name, ref)
      return ref
    },
  })
  const exposed = exposing(pen)
  const name = exposed.as('loss', written)
  const loss: Ref = { ...written, name }
  const inputs = [...network.inputs, ...fed.values()]
  const whole: Network = {
    ...network,
    inputs,
    nodes: [...network.nodes, ...pen.nodes.map((node) => renamed(node, exposed.names))],
    constants: new Map([...network.constants, ...pen.constants]),
    shapes: withNames(new Map([...network.shapes, ...pen.shapes]), exposed.names),
  }
  return { whole, loss, fed }
}
