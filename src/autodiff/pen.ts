import type { NodeSpec, Numbers } from '../onnx/index.ts'
import { sizeOf } from '../tensor/index.ts'
import { broadcast } from './broadcast.ts'
import { constantKey, typed } from './constants.ts'
import type { Emit } from './emit.ts'
import type { Network, Ref } from './network.ts'
import { shapeCalls } from './pen-shapes.ts'
import { sumCalls } from './pen-sums.ts'

/** What was written so far, and the hand that writes. Its names never clash with those of the network it is for. */
export interface Pen {
  readonly emit: Emit
  /** In the order in which they were written, which is one in which they can run. */
  readonly nodes: NodeSpec[]
  readonly constants: Map<string, Numbers>
  /** Of everything that was written: what the nodes make, and the constants. */
  readonly shapes: Map<string, Ref>
  /** A name that nothing else bears: `wanted`, or `wanted.2`, `wanted.3` … */
  fresh(wanted: string): string
}

/** Constants of the network up to this size are looked through for one to share: hashing large ones takes time. */
const mostShared = 64

/** A pen for nodes that read the tensors of this network. */
export function penFor(network: Pick<Network, 'inputs' | 'nodes' | 'constants' | 'shapes'>): Pen {
  const taken = new Set([
    ...network.shapes.keys(),
    ...network.constants.keys(),
    ...network.inputs.map(({ name }) => name),
    ...network.nodes.flatMap(({ outputs }) => outputs),
  ])
  const next = new Map<string, number>()
  const nodes: NodeSpec[] = []
  const constants = new Map<string, Numbers>()
  const shapes = new Map<string, Ref>()
  const shared = new Map<string, Ref>()
  for (const [name, numbers] of network.constants) {
    if (numbers.data.length > mostShared) continue
    const { type, dims } = numbers
    shared.set(constantKey({ ...numbers, data: typed(numbers) }), { name, type, dims })
  }

  const fresh = (wanted: string) => {
    let name = wanted
    let n = next.get(wanted) ?? 2
    for (; taken.has(name); n++) name = `${wanted}.${n}`
    next.set(wanted, n)
    taken.add(name)
    return name
  }

  const call: Emit['call'] = (op, inputs, made, attributes, domain) => {
    const type = inputs.find((input) => input !== undefined)?.type ?? 'float32'
    const refs = made.map(({ type: own, dims }) => ({ name: fresh(op), type: own ?? type, dims }))
    for (const ref of refs) shapes.set(ref.name, ref)
    nodes.push({
      op,
      ...(domain === undefined || domain === '' ? {} : { domain }),
      inputs: inputs.map((input) => input?.name ?? ''),
      outputs: refs.map(({ name }) => name),
      ...(attributes === undefined ? {} : { attributes }),
    })
    return refs
  }

  const constant = (numbers: Numbers): Ref => {
    const table = { ...numbers, data: typed(numbers) }
    const key = constantKey(table)
    const known = shared.get(key)
    const ref = known ?? { name: fresh(nameOf(table)), type: table.type, dims: [...table.dims] }
    constants.set(ref.name, table)
    shapes.set(ref.name, ref)
    shared.set(key, ref)
    return ref
  }

  const one = (op: string, x: Ref, attributes?: NodeSpec['attributes']) =>
    call(op, [x], [{ dims: x.dims }], attributes)[0]
  const two = (op: string, a: Ref, b: Ref) => {
    const dims = broadcast(a.dims, b.dims)
    return call(op, [ranked(a, dims), ranked(b, dims)], [{ dims }])[0]
  }

  const primitives = {
    call,
    constant,
    scalar: (value: number) => constant({ type: 'float32', dims: [], data: [value] }),
    ints: (values: readonly number[]) => constant({ type: 'int64', dims: [values.length], data: values }),
    filled: (dims: readonly number[], value: number) =>
      constant({ type: 'float32', dims, data: new Float32Array(sizeOf(dims)).fill(value) }),
  }
  const shape = shapeCalls(primitives)
  /**
   * A lone number beside a tensor that ends in axes of 1, as weights of 1 × 1 convolutions do, is given as many axes:
   * otherwise onnxruntime goes through that tensor number by number, eight times slower.
   */
  const lone = new Map<string, Ref>()
  const ranked = (x: Ref, beside: readonly number[]): Ref => {
    if (x.dims.length > 1 || sizeOf(x.dims) !== 1 || beside.length < 2 || beside.at(-1) !== 1) return x
    const key = `${x.name} ${beside.length}`
    const dims = beside.map(() => 1)
    const value = constants.get(x.name)
    const ref = lone.get(key) ?? (value === undefined ? shape.Reshape(x, dims) : constant({ ...value, dims }))
    lone.set(key, ref)
    return ref
  }
  const emit: Emit = {
    ...primitives,
    ...shape,
    ...sumCalls(primitives, shape),
    Add: (a, b) => two('Add', a, b),
    Sub: (a, b) => two('Sub', a, b),
    Mul: (a, b) => two('Mul', a, b),
    Div: (a, b) => two('Div', a, b),
    Sum: (...terms) =>
      call('Sum', terms, [{ dims: terms.map(({ dims }) => dims).reduce((a, b) => broadcast(a, b)) }])[0],
    Where: (condition, a, b) =>
      call(
        'Where',
        [condition, a, b],
        [{ type: a.type, dims: broadcast(condition.dims, broadcast(a.dims, b.dims)) }],
      )[0],
    Neg: (x) => one('Neg', x),
    Exp: (x) => one('Exp', x),
    Log: (x) => one('Log', x),
    Sqrt: (x) => one('Sqrt', x),
    Reciprocal: (x) => one('Reciprocal', x),
    Tanh: (x) => one('Tanh', x),
    Erf: (x) => one('Erf', x),
    Sign: (x) => one('Sign', x),
    Abs: (x) => one('Abs', x),
    HardSigmoid: (x, alpha, beta) => one('HardSigmoid', x, { alpha, beta }),
    Softmax: (x, axis) => one('Softmax', x, { axis }),
  }
  return { emit, nodes, constants, shapes, fresh }
}

/** A short table is called by what is in it, which makes a printed graph readable. */
function nameOf({ type, dims, data }: Numbers): string {
  const values = Array.from(data.length > 8 ? [] : data, Number).map((value) =>
    String(Number(value.toPrecision(6))),
  )
  if (dims.length === 0) return values[0]
  if (type === 'float32' && data.length === 1) return `${values[0]}[${dims.join('x')}]`
  if (type === 'int64' && dims.length === 1 && values.length > 0) return `[${values.join(',')}]`
  const word = ['zeros', 'ones'].find((_, value) => data.length > 0 && everyIs(data, value))
  return `${word ?? type}[${dims.join('x')}]`
}

function everyIs(data: Numbers['data'], value: number): boolean {
  for (const one of data) if (Number(one) !== value) return false
  return true
}
