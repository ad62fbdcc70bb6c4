import type { Dataset } from '../datasets/index.ts'
import type { Scenario, StreamEvent, StreamTask } from './stream.ts'
import type { TaskSizes } from './task-sizes.ts'

/** What a file on this shelf says: a dataset arranged as a sequence of events. */
export interface StreamDeclaration {
  /** As the file: `split-cifar100`. */
  readonly name: string
  readonly title: string
  /** One line for a list. */
  readonly summary: string
  /** The paper. */
  readonly source: string
  /** Name on the datasets shelf. */
  readonly dataset: string
  /**
   * What the dataset must hold, where that is known beforehand: its classes, and the images of each class in each
   * split. A dataset that holds less is refused; a stream is never made shorter.
   */
  readonly holds?: { readonly classes: number; readonly train: number; readonly test: number }
  /** Class order unless a suite asks for another. */
  readonly order: string
  /** What a suite gives with `path`, in words, where the data is the user's own: `the folder of your pictures`. */
  readonly takesPath?: string
  readonly notes?: readonly string[]
  readonly events: Arrangement
}

/** How classes and images are laid out in time. */
export interface Arrangement {
  readonly scenario: Scenario
  /** Tasks unless a suite asks for others. */
  readonly tasks: TaskSizes
  /** Checks a suite's `tasks` before data is opened, and gives them their one spelling. */
  parse(tasks: TaskSizes, holds: { classes?: number; title: string }, where?: string): TaskSizes
  arrange(request: ArrangementRequest): Arranged
}

export interface ArrangementRequest {
  readonly dataset: Dataset
  readonly tasks: TaskSizes
  readonly order: string
  /** Where the choice was made, for errors. */
  readonly where?: string
}

/** A stream as events over chunks and test sets, before it has a name and an identity. */
export interface Arranged {
  /** Shape of the family: `b0-inc10` and B0-Inc10, `4-domains` and 4 domains. */
  readonly shape: { readonly name: string; readonly title: string }
  /** [classes] entry i is the dataset's class with stream label i. */
  readonly permutation: readonly number[]
  /** What makes another family of the same shape, if anything. */
  readonly variant?: string
  readonly tasks: readonly StreamTask[]
  readonly chunks: readonly Uint32Array[]
  readonly events: readonly StreamEvent[]
}

/** Declares a stream; gives it its type and nothing else. */
export function defineStream(stream: StreamDeclaration): StreamDeclaration {
  return stream
}
