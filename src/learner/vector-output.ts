import { StreambedError } from '../error.ts'
import type { Model } from '../onnx/index.ts'
import { shapesOf } from '../runtime/index.ts'
import type { LearnerOptions } from './options.ts'

/**
 * The output that a head stands on, and its dimension.
 *
 * @throws learner-output when it is not one vector an example, or not named where there are several; or when a term is
 * not one number an example
 */
export async function vectorOutput(
  model: Model,
  { output: wanted, terms = [] }: Pick<LearnerOptions, 'output' | 'terms'>,
): Promise<{ name: string; size: number }> {
  const names = model.graph.outputs.map(({ name }) => name)
  const refuse = (what: string, shape = '2, [examples, dimension]') =>
    new StreambedError('learner-output', {
      what: `${what}.`,
      where: model.label,
      mend: `Say \`output\`: one of rank ${shape}, among ${names.join(', ')}.`,
    })
  const name = wanted ?? names[0]
  if (wanted === undefined && names.length !== 1) throw refuse(`The network has ${names.length} outputs`)
  const shapes = await shapesOf(model, { batch: 1 })
  const shaped = (one: string) => {
    const dims = names.includes(one) ? shapes.get(one)?.dims : undefined
    if (dims === undefined) throw refuse(`The network has no output "${one}"`)
    return dims
  }
  const told = (dims: readonly number[]) => `[${['examples', ...dims.slice(1)].join(', ')}]`
  const dims = shaped(name)
  if (dims.length !== 2) throw refuse(`Its output ${name} is of shape ${told(dims)}`)
  for (const term of terms) {
    const each = shaped(term.output)
    if (each.length === 1 || (each.length === 2 && each[1] === 1)) continue
    throw refuse(`The term ${term.output} is of shape ${told(each)}`, '1, [examples], or [examples, 1]')
  }
  return { name, size: dims[1] }
}
