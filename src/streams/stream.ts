/** What is new in each task, and what a method is told. */
export type Scenario =
  | 'class-incremental'
  | 'task-incremental'
  | 'domain-incremental'
  | 'instance-incremental'
  | 'online'

/** Which convention of the field made the class order (letters as in the README's table), and its seed. */
export interface ClassOrder {
  convention: 'natural' | 'numpy' | 'numpy-inverse' | 'torch' | 'python' | 'icarl'
  /** `null` for a fixed order. */
  seed: number | null
}

/** Index of a task, 0-based in code and 1-based in anything printed. */
export type TaskIndex = number

/** What a run sees of a stream. The protocol knows no other kind. */
export type StreamEvent =
  /** Classes that appear from here on, as labels of this stream. */
  | { kind: 'classes'; task: TaskIndex; classes: readonly number[] }
  /** Learn one chunk: rows of the dataset's train split, canonical numbers, in canonical order. */
  | { kind: 'learn'; task: TaskIndex; chunk: number }
  /** The task ended, and methods that may know it are told so. */
  | { kind: 'boundary'; task: TaskIndex }
  /** Evaluate on the test sets of these tasks, their images shuffled together. */
  | { kind: 'evaluate'; after: TaskIndex; sets: readonly TaskIndex[] }

/** A stream laid out over an opened dataset: everything a run needs, as plain data. */
export interface Stream {
  /** Family and its shape, for example `split-cifar100/b0-inc10`; without the order. */
  name: string
  /** Identity by content, 16 hexadecimal digits: the dataset's images, labels, order and events. */
  id: string
  /** Identity of the family with one order convention: streams that share it may be averaged in one cell. */
  family: string
  title: string
  scenario: Scenario
  dataset: string
  order: ClassOrder
  /** Class names by stream label 0 … K − 1. */
  classes: readonly string[]
  /** Stream label of the dataset's class c at place c. */
  labelOf: readonly number[]
  tasks: readonly StreamTask[]
  events: readonly StreamEvent[]
  /** Rows of the train split, one array a chunk. */
  chunks: readonly Uint32Array[]
  /** What a reader should know, shown under tables. */
  notes: readonly string[]
}

export interface StreamTask {
  /** Stream labels that this task's images can show. */
  classes: readonly number[]
  /** Rows of the test split, in canonical order. */
  test: Uint32Array
  /** Split that `test` are rows of; absent means the test split. A prequential stream asks about train rows first. */
  from?: 'train'
  /** Name where tasks have one (a domain); else absent. */
  name?: string
}
