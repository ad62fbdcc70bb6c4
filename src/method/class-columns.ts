import { StreambedError } from '../error.ts'

/** Which score column belongs to which stream label: columns are given in order of appearance and never move. */
export interface ClassColumns {
  /** Stream label of column k at place k. */
  readonly labels: readonly number[]
  /** Gives a column to each label that has none yet; known labels keep theirs. */
  grow(labels: Iterable<number>): void
  /** @throws class-not-announced for a label without a column. */
  of(label: number): number
  save(): Int32Array
  load(labels: Int32Array): void
}

export function classColumns(part: string): ClassColumns {
  let labels: number[] = []
  let columns = new Map<number, number>()
  const grow = (more: Iterable<number>) => {
    for (const label of more) {
      if (columns.has(label)) continue
      columns.set(label, labels.length)
      labels.push(label)
    }
  }
  return {
    get labels() {
      return labels
    },
    grow,
    of(label) {
      const column = columns.get(label)
      if (column === undefined) {
        throw new StreambedError('class-not-announced', {
          what: `${part} was shown an example of class ${label}, which has not appeared yet (${labels.length} classes have).`,
          where: `${part}.grow`,
          mend: `Call ${part}.grow(classes) from the method's newClasses before its examples are learned.`,
          exit: 1,
        })
      }
      return column
    },
    save: () => Int32Array.from(labels),
    load(saved) {
      labels = []
      columns = new Map()
      grow(saved)
    },
  }
}
