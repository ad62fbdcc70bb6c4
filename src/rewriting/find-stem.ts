import type { Node } from '../onnx/index.ts'
import type { Vit } from './anatomy.ts'
import type { Finder } from './find-parts.ts'

type Stem = Pick<Vit, 'input' | 'grid' | 'patches' | 'classToken' | 'position'>

/** Back from the first block to the patch convolution; on the way, what is joined and what is added. */
export function stemOf(finder: Finder, stream: string): Stem | undefined {
  let classToken: string | undefined
  let position: string | undefined
  let above: Node | undefined
  for (let at = stream; ; ) {
    const node = finder.maker(at)
    if (node === undefined) return undefined
    if (node.op === 'Conv') {
      const [, , height, width] = finder.dims(at)
      const [input, weight, bias] = node.inputs
      const biased = above?.op === 'Add' && above.inputs.includes(at) && bias === undefined
      const added = biased ? above!.inputs.find((name) => name !== at)! : undefined
      const flat = added !== undefined && finder.dims(added).reduce((a, b) => a * b, 1) === finder.dims(at)[1]
      if (flat && position === finder.weightBehind(added)) position = undefined
      return {
        input,
        grid: { height, width },
        patches: {
          result: flat ? above!.outputs[0] : at,
          weight: finder.weightBehind(weight) ?? weight,
          bias: flat ? finder.weightBehind(added) : bias || undefined,
        },
        classToken,
        position,
      }
    }
    const fed = node.inputs.filter((name) => name !== '' && finder.fed(name))
    const still = node.inputs.filter((name) => name !== '' && !finder.fed(name))
    if (node.op === 'Concat') {
      // one that is expanded to the batch depends on the pictures by their number alone, so it is not fed
      if (still.length > 0) classToken = rootOf(finder, still[0])
    }
    if (node.op === 'Add' && still.length === 1) position = rootOf(finder, still[0]) ?? position
    const data = fed.toSorted(
      (a, b) => finder.dims(b).reduce((p, d) => p * d, 1) - finder.dims(a).reduce((p, d) => p * d, 1),
    )[0]
    if (data === undefined) return undefined
    above = node
    at = data
  }
}

/** The one float weight that a tensor is made of, through whatever movement or resizing. */
function rootOf(finder: Finder, tensor: string): string | undefined {
  const open = [tensor]
  const seen = new Set<string>()
  let best: string | undefined
  const size = (name: string) => finder.dims(name).reduce((product, dim) => product * dim, 1)
  while (open.length > 0) {
    const at = open.pop()!
    if (seen.has(at) || finder.shapes.get(at)?.type !== 'float32') continue // shapes lead to the pictures
    seen.add(at)
    if (finder.model.graph.initializers.has(at)) {
      if (best === undefined || size(at) > size(best)) best = at
    }
    open.push(...(finder.maker(at)?.inputs ?? []).filter((name) => name !== ''))
  }
  return best
}
