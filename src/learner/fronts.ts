import { type Network, networkOf } from '../autodiff/index.ts'
import { StreambedError } from '../error.ts'
import { buildModel, edited, type Model, type Prefix, readModel } from '../onnx/index.ts'
import type { Mask } from '../rewriting/index.ts'
import type { LearnerOptions } from './options.ts'

/** A way to show pictures: what is put before the network's first input; nothing, for pictures as it takes them. */
export interface Front {
  readonly name: string
  readonly prefix: Prefix | undefined
}

/** A graph by itself, so that however many ways there are, the network behind them is one and has one memory. */
export interface Shown {
  readonly network: Network
  readonly output: string
}

/** All ways: the given ones, and the network's own input where no front has one of its name. */
export interface Fronts {
  readonly all: readonly Front[]
  /** @throws RangeError, listing the fronts there are */
  named(name: string | undefined): Front
  /** @throws learner-bad-batch where it is none or several that the inputs are for */
  of(inputs: Readonly<Record<string, unknown>>): Front
  /** The input of the network that a front makes. */
  readonly replaced: string
  /** What a front computes, and what it is called; nothing where pictures are fed as the network takes them. */
  graph(front: Front, rows: number): Promise<Shown> | undefined
  /** The model with an input as large as the first front makes it, where the file leaves that open. */
  sized(model: Model): Promise<Model>
}

export function frontsOf({ model, fronts = {}, masks }: LearnerOptions, label: string): Fronts {
  const replaced = firstInput(model, masks)
  const given = Object.entries(fronts).map(([name, prefix]): Front => ({ name, prefix }))
  const namesOf = ({ prefix }: Front) => (prefix === undefined ? [replaced] : Object.keys(prefix.inputs))
  const graph = ({ prefix, name }: Front, rows: number): Promise<Shown> | undefined =>
    prefix === undefined
      ? undefined
      : shownBy(prefix, `the front ${name} of ${model.label}`, model.opset, rows)
  const isShadowed = given.some((front) => namesOf(front).includes(replaced))
  const all = [...given, ...(isShadowed ? [] : [{ name: replaced, prefix: undefined }])]
  return {
    all,
    named(name = all[0].name) {
      const found = all.find((front) => front.name === name)
      if (found === undefined) throw new RangeError(`front: none is called ${name}: ${listed(all)}`)
      return found
    },
    of(inputs) {
      const fitting = all.filter((front) => namesOf(front).every((name) => name in inputs))
      const most = Math.max(0, ...fitting.map((front) => namesOf(front).length))
      const best = fitting.filter((front) => namesOf(front).length === most)
      if (best.length === 1) return best[0]
      if (all.length === 1) return all[0] // what it misses is said where its rows are counted
      const known = all.map((front) => `${front.name} (${namesOf(front).join(', ')})`).join(' or ')
      throw new StreambedError('learner-bad-batch', {
        what: `The batch is for ${best.length === 0 ? 'none' : 'several'} of the ways to show pictures; it has ${Object.keys(inputs).join(', ') || 'nothing'}.`,
        where: label,
        mend: `Give the inputs of one: ${known}.`,
      })
    },
    replaced,
    graph,
    async sized(to) {
      const { type, shape = [] } = to.graph.inputs.find(({ name }) => name === replaced) ?? {}
      if (all[0].prefix === undefined || shape.slice(1).every((dim) => typeof dim === 'number')) return to
      const { network, output } = await graph(all[0], 1)!
      const { dims } = network.shapes.get(output)!
      const value = { type: type ?? 'float32', shape: ['batch', ...dims.slice(1)] } as const
      return edited(to, { inputs: { [replaced]: value } })
    },
  }
}

function firstInput({ graph }: Model, masks: readonly Mask[] = []): string {
  return graph.inputs.find(({ name }) => !masks.some((mask) => mask.name === name))!.name
}

async function shownBy(prefix: Prefix, label: string, opset: number, rows: number): Promise<Shown> {
  const { output } = prefix
  const bytes = buildModel({ ...prefix, outputs: { [output]: { type: 'float32' } }, opset })
  const network = await networkOf(readModel(bytes, label), { dims: { batch: rows }, free: () => false })
  return { network, output }
}

function listed(fronts: readonly Front[]): string {
  return fronts.map(({ name }) => name).join(', ')
}
