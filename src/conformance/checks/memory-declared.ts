import type { PartState } from '../../method/index.ts'
import { defineCheck } from '../check.ts'
import { embeddingSize, microEmbeddings, microPictures, side } from '../micro-stream.ts'
import { savedParts } from '../saved-parts.ts'

/** Looks in all that is saved for the numbers of a training image, or of its embedding, in their order. */
export const memoryDeclared = defineCheck({
  name: 'memory-declared',
  promise: 'keeps no image, and no embedding of one, unless it says so (needs.memory)',
  silent: ({ method: { needs } }) =>
    (needs.memory ?? 'none') === 'none' ? undefined : `it declares to keep ${needs.memory}`,
  eye: () => ({
    finished(learner) {
      for (const [name, state] of Object.entries(savedParts(learner))) {
        const what = kept(state)
        if (what !== undefined)
          return `${name} has kept ${what} of a training image, and needs.memory is 'none'`
      }
    },
  }),
})

/** Training rows by their first two numbers. */
interface Rows {
  readonly what: string
  readonly size: number
  readonly rows: ArrayLike<number>
  readonly starts: ReadonlyMap<number, readonly number[]>
}

const things = [
  rowsOf('the embedding', embeddingSize, microEmbeddings.train),
  rowsOf('the pixels', 3 * side * side, microPictures.train),
]

function rowsOf(what: string, size: number, rows: ArrayLike<number>): Rows {
  const starts = new Map<number, number[]>()
  for (let at = 0; at < rows.length; at += size) starts.set(rows[at], [...(starts.get(rows[at]) ?? []), at])
  return { what, size, rows, starts }
}

function kept(state: PartState): string | undefined {
  if (state === null || typeof state !== 'object') return undefined
  if (ArrayBuffer.isView(state) || (Array.isArray(state) && typeof state[0] === 'number')) {
    return things.find((thing) => holdsOne(state as ArrayLike<number>, thing))?.what
  }
  for (const member of Object.values(state)) {
    const found = kept(member)
    if (found !== undefined) return found
  }
}

function holdsOne(numbers: ArrayLike<number>, { size, rows, starts }: Rows): boolean {
  for (let from = 0; from + size <= numbers.length; from++) {
    for (const at of starts.get(numbers[from]) ?? []) {
      let same = 1
      while (same < size && numbers[from + same] === rows[at + same]) same++
      if (same === size) return true
    }
  }
  return false
}
