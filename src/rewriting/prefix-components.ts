import type { Model } from '../onnx/index.ts'
import type { Chance } from '../tensor/index.ts'
import type { Vit } from './anatomy.ts'
import { orthonormal } from './init.ts'
import { putPrefixes } from './prefixes.ts'
import { type Rewritten, surgery } from './surgery.ts'
import { written } from './written.ts'

export interface PrefixComponentsOptions {
  /** Components of a block; a multiple of `parts`. */
  components: number
  /** In how many parts they are weights, so that each can be trained or held by itself. */
  parts: number
  /** Rows of a component, half of them keys and half values: an even number. */
  length: number
  /** By number, from 0. */
  blocks: readonly number[]
  /** Numbers of a query. */
  queries: number
  random: Chance
}

/**
 * Keys and values in front that are a sum of components, weighted by how an example's query q, seen through an
 * attention a_m, meets the key k_m of each: Σ_m cos(q ∘ a_m, k_m) · P_m.
 *
 * New weights of block i, in part t: component.i.t.prompts [components / parts, length, width], and .keys and .attention
 * [components / parts, queries], each set of rows orthonormal within a block. Inputs: components.query [batch, queries],
 * and components.open [batch, components], 0 for components that have no part yet and 1 for the others.
 * @throws no-such-block, tokens-cannot-change, prefix-layout; RangeError for numbers that do not divide
 * @source Smith et al., "CODA-Prompt", CVPR 2023. arXiv:2211.13218
 */
export async function withPrefixComponents(
  model: Model,
  vit: Vit,
  options: PrefixComponentsOptions,
): Promise<Rewritten> {
  const { components, parts, length, blocks, queries, random } = options
  if (components % parts !== 0) {
    throw new RangeError(`components: ${components} of them are not to be shared among ${parts}`)
  }
  if (length % 2 !== 0) throw new RangeError(`length: half of ${length} rows are keys, half are values`)
  const work = surgery(model)
  const [query, open] = ['query', 'open'].map((name) => work.fresh(`components.${name}`))
  work.declareInput(query, { type: 'float32', shape: ['batch', queries] })
  work.declareInput(open, { type: 'float32', shape: ['batch', components] })
  await putPrefixes(work, model, vit, {
    length: length / 2,
    blocks,
    tensorsOf(index, width) {
      const { make, ones, turned, reshaped, cut, root, done } = written(work, `component.${index}`)
      const whole = (name: string, ...dims: number[]) => {
        const each = components / parts
        const size = dims.reduce((product, dim) => product * dim, 1)
        const data = orthonormal(components, size, random)
        const pieces = Array.from({ length: parts }, (_, part) =>
          work.weight(
            `component.${index}.${part}.${name}`,
            [each, ...dims],
            data.slice(part * each * size, (part + 1) * each * size),
          ),
        )
        return make('Concat', pieces, { axis: 0 })
      }
      const prompts = whole('prompts', length, width)
      const keys = whole('keys', queries)
      const attention = whole('attention', queries)
      // cos(q ∘ a, k) for all at once: products of q with a ∘ k, of q² with a², and the lengths of the keys.
      const squared = (tensor: string) => turned(make('Mul', [tensor, tensor]))
      const meets = make('MatMul', [query, turned(make('Mul', [attention, keys]))])
      const seen = root(make('MatMul', [make('Mul', [query, query]), squared(attention)]))
      const long = root(make('MatMul', [ones(1, queries), squared(keys)]))
      const weights = make('Mul', [make('Div', [meets, make('Mul', [seen, long])]), open])
      const sum = reshaped(
        make('MatMul', [weights, reshaped(prompts, components, length * width)]),
        -1,
        length,
        width,
      )
      const [front, back] = [cut(sum, 0, length / 2), cut(sum, length / 2, length)]
      done()
      return { keys: front, values: back, perExample: true }
    },
  })
  return work.done()
}
