import { StreambedError } from '../error.ts'
import { type Model, type Prefix, prefixed } from '../onnx/index.ts'
import type { Mask } from '../rewriting/index.ts'
import type { LearnerOptions } from './options.ts'

/** A way to show pictures: what is put before the network's first input; nothing, for pictures as it takes them. */
export interface Front {
  readonly name: string
  readonly prefix: Prefix | undefined
}

/** All ways: the given ones, and the network's own input where no front has one of its name. */
export interface Fronts {
  readonly all: readonly Front[]
  /** @throws RangeError, listing the fronts there are */
  named(name: string | undefined): Front
  /** @throws learner-bad-batch where it is none or several that the inputs are for */
  of(inputs: Readonly<Record<string, unknown>>): Front
  /** The model behind a front. Its weights keep their names. */
  before(model: Model, front: Front): Model
}

export function frontsOf({ model, fronts = {}, masks }: LearnerOptions, label: string): Fronts {
  const replaced = firstInput(model, masks)
  const given = Object.entries(fronts).map(([name, prefix]): Front => ({ name, prefix }))
  const namesOf = ({ prefix }: Front) => (prefix === undefined ? [replaced] : Object.keys(prefix.inputs))
  refuseTaken(model, given)
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
    before: (to, { prefix }) => (prefix === undefined ? to : prefixed(to, replaced, prefix)),
  }
}

function firstInput({ graph }: Model, masks: readonly Mask[] = []): string {
  return graph.inputs.find(({ name }) => !masks.some((mask) => mask.name === name))!.name
}

/** A weight that bore the name of a front's input would be renamed behind this front, and be another one. */
function refuseTaken({ graph }: Model, fronts: readonly Front[]): void {
  for (const { name, prefix } of fronts) {
    const taken = Object.keys(prefix!.inputs).find((input) => graph.initializers.has(input))
    if (taken !== undefined)
      throw new RangeError(`fronts: ${name} has an input called ${taken}, as a weight is`)
  }
}

function listed(fronts: readonly Front[]): string {
  return fronts.map(({ name }) => name).join(', ')
}
