import type { Ask, Emit, Ref, Update } from '../autodiff/index.ts'
import { inputName } from './input-name.ts'
import type { Entry } from './layout.ts'

/** An update that moves only those columns of the head that are fed as such: all else of it keeps its bits. */
export function byColumn(update: Update, of: (weight: string) => Entry): Update {
  return {
    ...update,
    write(emit, terms, ask) {
      const { weight, kept } = terms
      const next = update.write(emit, terms, ask)
      const chosen = columnsOf(emit, of(weight.name), ask)
      return { weight: chosen(next.weight, weight), kept: next.kept.map((ref, k) => chosen(ref, kept[k])) }
    },
  }
}

/** Takes a tensor of the head where the column is one that moves, and elsewhere another, or 0. */
export function columnsOf(emit: Emit, { grows, ref }: Entry, ask: Ask) {
  return (moved: Ref, otherwise: Ref = emit.scalar(0)): Ref =>
    grows ? emit.Where(ask(inputName.columns, ref.dims.slice(-1), 'bool'), moved, otherwise) : moved
}
