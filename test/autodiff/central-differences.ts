import { expect } from 'vitest'
import { bytesOf, differentiate, type Network, penFor, pruned, type Ref } from '../../src/autodiff/index.ts'
import { buildModel, type NodeSpec, type Numbers, readModel } from '../../src/onnx/index.ts'
import { openSession, shapesOf } from '../../src/runtime/index.ts'
import { arrayOf, chance, type ElementType, sizeOf, Tensor } from '../../src/tensor/index.ts'

/** An input of the node under test. */
export interface InputSpec {
  dims?: readonly number[]
  /** 'float32' unless said; only float32 inputs are differentiated. */
  type?: ElementType
  /** Its values; else they are drawn. */
  data?: readonly number[]
  /** Drawn uniformly between these; −1.5 … 1.5 unless said. */
  range?: readonly [number, number]
  /** Makes it a constant of the graph (axes, pads, a shape), which is not differentiated. */
  constant?: Numbers
}

/** One node, and the values to try it at. */
export interface RuleCase {
  op: string
  domain?: string
  attributes?: NodeSpec['attributes']
  /** In the node's order; `null` leaves an optional input out. */
  inputs: Readonly<Record<string, InputSpec | null>>
  /** The node's outputs by name, '' for one left out; one output, `result`, unless said. */
  outputs?: readonly string[]
  /** Outputs whose gradient is tried; all float32 ones unless said. */
  seeded?: readonly string[]
  /** Largest error over largest gradient, of each input; 1e-4 unless said. */
  tolerance?: number
  /** Values that are drawn again, such as those near a kink: `avoid: nearKink(0)`. */
  avoid?: (x: number) => boolean
  /** Names the draw; another number, other values. */
  seed?: number
}

/** Near enough to 1 that float32's rounding does not show, far enough that a curve's fifth derivative does not. */
const step = 0.05

/** Values so near to a kink that a difference would straddle it (within three steps). */
export function nearKink(...kinks: readonly number[]): (x: number) => boolean {
  return (x) => kinks.some((kink) => Math.abs(x - kink) < 3 * step)
}

/**
 * Compares a rule's gradients with central differences of fourth order. The loss is a sum of the outputs with random
 * weights, taken in float64; a step is divided by what it is once rounded to float32.
 *
 *   (4·(f(h) − f(−h)) / 2h − (f(2h) − f(−2h)) / 4h) / 3
 */
export async function checkRule(rule: RuleCase): Promise<void> {
  const setting = await settingOf(rule)
  const { forward, values, wanted, label } = setting
  const chances = chance('weights', rule.seed ?? 0)
  const weights = new Map(
    setting.seeded.map((ref) => [ref.name, Float32Array.from({ length: sizeOf(ref.dims) }, chances.normal)]),
  )
  const gradients = await gradientsBy(setting, weights)
  const session = await openSession(bytesOf({ ...forward, outputs: [...weights.keys()] }), {
    threads: 1,
    label,
  })
  try {
    const loss = async () => {
      const outputs = await session.run(Object.fromEntries(values))
      let sum = 0
      for (const [name, weight] of weights) {
        const output = outputs[name].data as Float32Array
        for (let i = 0; i < weight.length; i++) sum += weight[i] * output[i]
      }
      return sum
    }
    for (const name of wanted) {
      const x = values.get(name)!.data as Float32Array
      const slopes = new Float64Array(x.length)
      for (let i = 0; i < x.length; i++) {
        const here = x[i]
        const slope = async (h: number) => {
          x[i] = here + h
          const [up, above] = [x[i], await loss()]
          x[i] = here - h
          const [down, below] = [x[i], await loss()]
          x[i] = here
          return (above - below) / (up - down)
        }
        slopes[i] = (4 * (await slope(step)) - (await slope(2 * step))) / 3
      }
      const gradient = gradients.get(name)
      expect(gradient, `${label}: a gradient of ${name}`).toBeDefined()
      const { worst, largest } = compared(gradient!.data as Float32Array, slopes)
      expect(
        worst / Math.max(largest, 1e-2),
        `${label}: the gradient of ${name} is ${sample(gradient!.data)}, and differences give ${sample(slopes)}`,
      ).toBeLessThan(rule.tolerance ?? 1e-4)
    }
  } finally {
    await session.release()
  }
}

/**
 * The gradients of a rule at given values, for each input, with ones arriving at every seeded output (or `dY` at the
 * first): for what a rule says at a kink, where differences say nothing.
 */
export async function gradientsAt(
  rule: RuleCase & { dY?: readonly number[] },
): Promise<Record<string, number[]>> {
  const setting = await settingOf(rule)
  const seeds = new Map(
    setting.seeded.map((ref, index) => [
      ref.name,
      index === 0 && rule.dY ? Float32Array.from(rule.dY) : new Float32Array(sizeOf(ref.dims)).fill(1),
    ]),
  )
  const gradients = await gradientsBy(setting, seeds)
  return Object.fromEntries(
    [...gradients].map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  )
}

interface Setting {
  label: string
  forward: Network
  /** Values of what is fed. */
  values: Map<string, Tensor>
  wanted: readonly string[]
  seeded: readonly Ref[]
}

/** The node as a network of its own, with every shape as the runtime tells it. */
async function settingOf(rule: RuleCase): Promise<Setting> {
  const { op, domain = '', attributes = {}, inputs, outputs = ['result'] } = rule
  const label = `${op} ${Object.entries(inputs).map(([name, input]) => `${name}[${(input?.constant ?? input)?.dims ?? ''}]`)}`
  const given = Object.entries(inputs).flatMap(([name, input]) =>
    input === null ? [] : [[name, input] as const],
  )
  const node: NodeSpec = {
    op,
    domain,
    inputs: Object.entries(inputs).map(([name, input]) => (input === null ? '' : name)),
    outputs,
    attributes,
  }
  const constants = new Map(
    given.flatMap(([name, { constant }]) => (constant ? [[name, constant] as const] : [])),
  )
  const fed = given.flatMap(([name, input]) =>
    input.constant ? [] : [{ name, type: input.type ?? ('float32' as const), dims: input.dims ?? [] }],
  )
  const named = outputs.filter((name) => name !== '')
  const model = buildModel({
    inputs: Object.fromEntries(fed.map(({ name, type, dims }) => [name, { type, shape: dims }])),
    outputs: Object.fromEntries(named.map((name) => [name, { type: 'float32' }])),
    nodes: [node],
    constants: Object.fromEntries(constants),
  })
  const known = await shapesOf(readModel(model, label), {})
  const shapes = new Map(
    [...known].map(([name, { type, dims }]) => [name, { name, type: type as ElementType, dims }]),
  )
  const draws = chance('values', rule.seed ?? 0)
  return {
    label,
    forward: { label, inputs: fed, outputs: named, nodes: [node], constants, shapes },
    values: new Map(
      fed.map((ref) => [
        ref.name,
        valuesOf(ref, inputs[ref.name]!, () => drawn(draws.float, inputs[ref.name]!, rule)),
      ]),
    ),
    wanted: fed.filter(({ type }) => type === 'float32').map(({ name }) => name),
    seeded: (rule.seeded ?? named).map((name) => shapes.get(name)!).filter(({ type }) => type === 'float32'),
  }
}

function valuesOf({ type, dims }: Ref, { data }: InputSpec, draw: () => number): Tensor {
  const values = data ?? Array.from({ length: sizeOf(dims) }, draw)
  const numbers =
    type === 'int64'
      ? BigInt64Array.from(values.map(BigInt))
      : (arrayOf[type] as Float32ArrayConstructor).from(values)
  return new Tensor(type, numbers as never, dims)
}

function drawn(
  float: () => number,
  { range: [low, high] = [-1.5, 1.5] }: InputSpec,
  { avoid }: RuleCase,
): number {
  for (;;) {
    const value = low + (high - low) * float()
    if (!avoid?.(value)) return value
  }
}

/** Writes the backward graph behind the node and runs both, at the default level of optimisation. */
async function gradientsBy(
  { forward, values, wanted, seeded, label }: Setting,
  seeds: ReadonlyMap<string, Float32Array>,
): Promise<Map<string, Tensor>> {
  const seedRefs = new Map(seeded.map((ref) => [ref.name, { ...ref, name: `seed of ${ref.name}` }]))
  const pen = penFor(forward)
  const gradients = differentiate(forward, { seeds: seedRefs, wanted }, pen)
  // A gradient may be a seed itself, and one tensor may be the gradient of two inputs: each output is a node's own.
  const outputs = [...gradients].map(([name, ref]) => {
    const [own] = pen.emit.call('Identity', [ref], [ref])
    expect(own.dims, `${label}: the shape of the gradient of ${name}`).toEqual(forward.shapes.get(name)!.dims)
    return [name, own.name] as const
  })
  const inputs = [...forward.inputs, ...seedRefs.values()]
  const names = outputs.map(([, own]) => own)
  const session = await openSession(
    bytesOf({
      inputs,
      outputs: names,
      nodes: pruned([...forward.nodes, ...pen.nodes], names),
      constants: new Map([...forward.constants, ...pen.constants]),
      shapes: new Map([...forward.shapes, ...pen.shapes]),
    }),
    { threads: 1, label },
  )
  try {
    const made = await session.run({
      ...Object.fromEntries(values),
      ...Object.fromEntries(
        seeded.map(({ name, dims }) => [
          `seed of ${name}`,
          new Tensor('float32', seeds.get(name)! as never, dims),
        ]),
      ),
    })
    return new Map(outputs.map(([name, own]) => [name, made[own]]))
  } finally {
    await session.release()
  }
}

function compared(gradient: Float32Array, slopes: Float64Array): { worst: number; largest: number } {
  let worst = 0
  let largest = 0
  for (let i = 0; i < slopes.length; i++) {
    const error = Math.abs(gradient[i] - slopes[i])
    if (!(error <= worst)) worst = error // also NaN
    largest = Math.max(largest, Math.abs(slopes[i]))
  }
  return { worst, largest }
}

function sample(values: ArrayLike<number | bigint>): string {
  return `[${Array.from(values)
    .slice(0, 8)
    .map((value) => Number(value).toPrecision(5))
    .join(', ')} …]`
}
