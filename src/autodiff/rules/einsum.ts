import type { Emit } from '../emit.ts'
import type { Ref } from '../network.ts'
import { defineRule } from '../rule.ts'

/**
 * Each gradient is an Einsum with letters swapped: of ij,jk→ik, dA is ik,jk→ij and dB is ij,ik→jk.
 * A letter that one input alone has, and the output hasn't, was summed: its gradient is spread along that axis.
 * @throws unsupported-gradient, naming the node, for an ellipsis, a letter twice in one term (a diagonal), and
 * sizes of 1 that broadcast.
 * @source ONNX Einsum-12.
 */
export const einsum = defineRule('Einsum', ({ inputs, dY, emit, attribute, refuse }) => {
  const equation = attribute('equation', '').replaceAll(' ', '')
  if (equation.includes('.')) refuse(`its equation ${equation} has an ellipsis`)
  const { terms, result } = parsed(equation)
  const sizes = new Map<string, number>()
  for (const [index, term] of terms.entries()) {
    if (new Set(term).size < term.length) refuse(`its equation ${equation} takes a diagonal`)
    for (const [axis, letter] of [...term].entries()) {
      const size = inputs[index]?.dims[axis] ?? 1
      const known = sizes.get(letter) ?? size
      if (known !== size) refuse(`its equation ${equation} broadcasts ${letter}, of ${known} and ${size}`)
      sizes.set(letter, size)
    }
  }
  return terms.map((term, index) => {
    const others = terms.flatMap((other, i) =>
      i === index ? [] : [{ letters: other, ref: inputs[i] as Ref }],
    )
    return swapped(emit, [{ letters: result, ref: dY }, ...others], term, sizes)
  })
})

/** `ij,jk` means `ij,jk->ik`: the letters that occur once, in their alphabetical order. */
function parsed(equation: string): { terms: string[]; result: string } {
  const [left, right] = equation.split('->')
  const all = [...left.replaceAll(',', '')]
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort()
  return { terms: left.split(','), result: right ?? once.join('') }
}

function swapped(
  emit: Emit,
  factors: readonly { letters: string; ref: Ref }[],
  term: string,
  sizes: ReadonlyMap<string, number>,
): Ref {
  const met = [...term].filter((letter) => factors.some(({ letters }) => letters.includes(letter)))
  const dims = met.map((letter) => sizes.get(letter) ?? 1)
  const equation = `${factors.map(({ letters }) => letters).join(',')}->${met.join('')}`
  const refs = factors.map(({ ref }) => ref)
  const [product] = emit.call('Einsum', refs, [{ dims }], { equation })
  const kept = [...term].map((letter) => (met.includes(letter) ? (sizes.get(letter) ?? 1) : 1))
  return emit.Expand(
    emit.Reshape(product, kept),
    [...term].map((letter) => sizes.get(letter) ?? 1),
  )
}
