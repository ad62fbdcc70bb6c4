import { edited, type Model, type Node, type NodeSpec, type Numbers, type ValueSpec } from '../onnx/index.ts'

/** A weight that a rewrite added: it lies in the model under this name, with these values to begin with. */
export interface Trainable {
  readonly name: string
  readonly dims: readonly number[]
  readonly init: { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
}

/** An input that a rewrite added: a mask that is drawn anew for each step, each entry 0 or 1 / (1 − rate). */
export interface Mask {
  readonly name: string
  /** 'batch' stands for the number of examples. */
  readonly dims: readonly (number | string)[]
  /** The share of entries that are 0. */
  readonly rate: number
}

/** What every rewrite gives: another model that shares the weights of the first, and what is new in it. */
export interface Rewritten {
  readonly model: Model
  readonly trainable: readonly Trainable[]
  readonly masks: readonly Mask[]
  /** What a head is to read from now on, if that is another output than before. */
  readonly output?: string
  /** An output [batch, 1]: how near to its query lie the keys that were chosen for an example. */
  readonly pull?: string
}

/** A model opened for changes. The model that it began with stays as it was. */
export interface Surgery {
  /** `wanted`, or with a number behind it where that name is taken; it is taken from then on. */
  fresh(wanted: string): string
  /** A table under a new name. */
  table(wanted: string, numbers: Numbers): string
  /** A weight under a new name, with its values to begin with. */
  weight(wanted: string, dims: readonly number[], data: Float32Array): string
  mask(wanted: string, dims: readonly (number | string)[], rate: number): string
  /**
   * Whoever reads `tensor` reads from now on what `write` makes of it. The tensor keeps its name, so all that is
   * known about the network stays true: what was computed moves to another name, which `write` is given.
   */
  wrap(tensor: string, write: (inner: string) => readonly NodeSpec[]): void
  /** Puts another constant in the place of one input of a node (the node that makes `output`). */
  rewire(output: string, input: number, tensor: string): void
  /** Replaces the node that makes `output`. */
  replace(output: string, nodes: readonly NodeSpec[]): void
  append(...nodes: NodeSpec[]): void
  /** Nodes that read nothing but inputs and tables. */
  prepend(...nodes: NodeSpec[]): void
  set(name: string, numbers: Numbers): void
  declareInput(name: string, value: ValueSpec): void
  declareOutput(name: string, value: ValueSpec): void
  done(): Rewritten
}

export function surgery(model: Model): Surgery {
  const nodes: (Node | NodeSpec)[] = [...model.graph.nodes]
  const constants: Record<string, Numbers> = {}
  const inputs: Record<string, ValueSpec> = {}
  const outputs: Record<string, ValueSpec> = {}
  const trainable: Trainable[] = []
  const masks: Mask[] = []
  const taken = new Set([
    ...model.graph.initializers.keys(),
    ...model.graph.inputs.map(({ name }) => name),
    ...model.graph.nodes.flatMap((node) => node.outputs),
  ])
  const makerOf = (tensor: string) => {
    const at = nodes.findIndex((node) => node.outputs.includes(tensor))
    if (at < 0) throw new RangeError(`${model.label}: no node makes ${tensor}`)
    return at
  }
  const fresh = (wanted: string) => {
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted}.${n}`
    taken.add(name)
    return name
  }
  const table = (wanted: string, numbers: Numbers) => {
    const name = fresh(wanted)
    constants[name] = numbers
    return name
  }
  return {
    fresh,
    table,
    weight(wanted, dims, data) {
      const init = { type: 'float32' as const, dims, data }
      const name = table(wanted, init)
      trainable.push({ name, dims, init })
      return name
    },
    mask(wanted, dims, rate) {
      const name = fresh(wanted)
      inputs[name] = { type: 'float32', shape: dims }
      masks.push({ name, dims, rate })
      return name
    },
    wrap(tensor, write) {
      const at = makerOf(tensor)
      const maker = nodes[at]
      const inner = fresh(`${tensor}.inner`)
      nodes[at] = { ...maker, outputs: maker.outputs.map((name) => (name === tensor ? inner : name)) }
      nodes.splice(at + 1, 0, ...write(inner))
    },
    rewire(output, input, tensor) {
      const at = makerOf(output)
      nodes[at] = { ...nodes[at], inputs: nodes[at].inputs.map((name, i) => (i === input ? tensor : name)) }
    },
    replace(output, made) {
      nodes.splice(makerOf(output), 1, ...made)
    },
    append: (...made) => void nodes.push(...made),
    prepend: (...made) => void nodes.unshift(...made),
    set: (name, numbers) => void (constants[name] = numbers),
    declareInput: (name, value) => void (inputs[name] = value),
    declareOutput: (name, value) => void (outputs[name] = value),
    done: () => ({ model: edited(model, { nodes, constants, inputs, outputs }), trainable, masks }),
  }
}
