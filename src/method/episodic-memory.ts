import type { Chance } from '../tensor/index.ts'
import { type DrawnRows, lot } from './exemplar-buffer.ts'
import type { PartState, RowValues } from './method.ts'
import { checkRows, type Rows } from './rows.ts'
import type { MakeShare, Share } from './shares.ts'
import { newest, sample } from './shares.ts'
import { rowsAt } from './slots.ts'
import { bytesOf, chanceState, type MeasuredPart } from './state.ts'
import { checkWhole } from './whole-number.ts'

/** Exemplars of each task, apart from those of the others; grows with every task. */
export interface EpisodicMemory<Values extends RowValues = RowValues> extends MeasuredPart {
  /** The bound of now: it grows with every task, or class of a task, that comes. */
  readonly capacity: number
  /** Exemplars kept now. */
  readonly length: number
  /** Shows it examples of a task, which it copies or passes by. */
  offer(task: number, rows: Values, labels: Int32Array): void
  /** All that is kept of a task, class by class where each has its own share; copies. */
  of(task: number): Rows<Values>
  /** min(n, all there are) different exemplars of the tasks before this one, uniformly; copies. */
  drawBefore(task: number, n: number): DrawnRows<Values>
}

export interface EpisodicMemoryOptions {
  rowSize: number
  /** Exemplars of each task, or of each class of each task. */
  each: number
  share: 'task' | 'class'
  /** Who stays: the newest, in a ring; or a uniform sample of all that was offered. */
  keeps: 'newest' | 'sample'
  chance: Chance
}

/**
 * Bytes  tasks (or their classes) × each × (rowSize × 1 for pictures or 4 for embeddings, + 4), and 20 a share.
 * @throws memory-size unless `each` is a whole number, 1 or more
 * @source Lopez-Paz and Ranzato 2017, arXiv:1706.08840 (newest by task); Chaudhry et al. 2019, arXiv:1812.00420 (a
 *   sample by class).
 */
export function episodicMemory<Values extends RowValues = RowValues>({
  rowSize,
  each,
  share,
  keeps,
  chance,
}: EpisodicMemoryOptions): EpisodicMemory<Values> {
  checkWhole('exemplars', each, { code: 'memory-size', from: 1 })
  const make: MakeShare = keeps === 'newest' ? newest : sample
  /** By task, then by class; 0 where all classes share. */
  let tasks = new Map<number, Map<number, Share<Values>>>()
  const shareOf = (task: number, label: number): Share<Values> => {
    const key = share === 'class' ? label : 0
    const shares = tasks.get(task) ?? new Map<number, Share<Values>>()
    const own = shares.get(key) ?? make<Values>(each, rowSize)
    tasks.set(task, shares.set(key, own))
    return own
  }
  const slotsOf = (task: number) => Array.from(tasks.get(task)?.values() ?? [], ({ slots }) => slots)
  const lengthOf = (sets: readonly { length: number }[]) => sets.reduce((sum, { length }) => sum + length, 0)
  const save = () => ({
    tasks: Array.from(tasks, ([task, shares]) => ({
      task,
      keys: Int32Array.from(shares.keys()),
      shares: Array.from(shares.values(), (own) => own.save()),
    })),
    chance: chanceState(chance),
  })
  return {
    get capacity() {
      return [...tasks.values()].reduce((sum, { size }) => sum + size * each, 0)
    },
    get length() {
      return lengthOf([...tasks.keys()].flatMap(slotsOf))
    },
    offer(task, rows, labels) {
      checkRows('episodicMemory', rows, labels, rowSize)
      for (let i = 0; i < labels.length; i++) shareOf(task, labels[i]).offer({ rows, labels }, i, chance)
    },
    of(task) {
      const sets = slotsOf(task)
      return rowsAt(
        sets,
        Uint32Array.from({ length: lengthOf(sets) }, (_, i) => i),
        rowSize,
      )
    },
    drawBefore(task, n) {
      const sets = [...tasks.keys()].filter((earlier) => earlier < task).flatMap(slotsOf)
      const total = lengthOf(sets)
      return rowsAt(sets, lot(Math.min(n, total), total, chance), rowSize)
    },
    save,
    load(state) {
      const saved = state as {
        tasks: readonly { task: number; keys: Int32Array; shares: PartState[] }[]
        chance: PartState
      }
      tasks = new Map(
        saved.tasks.map(({ task, keys, shares }) => [
          task,
          new Map(
            Array.from(keys, (key, k) => {
              const own = make<Values>(0, rowSize)
              own.load(shares[k])
              return [key, own] as const
            }),
          ),
        ]),
      )
      chance.load(saved.chance)
    },
    bytes: () => bytesOf(save()),
  }
}
