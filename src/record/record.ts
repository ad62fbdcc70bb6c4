/**
 * The run record: what one run of one method on one stream left behind.
 *
 * A folder of two files. `facts.jsonl.gz` holds lines of JSON, each compressed on its own so that a crash tears
 * the last line at most; equal seeds give equal lines. `measurements.jsonl` holds what depends on the machine.
 * How an evaluation is spelled on disk is in README.md beside this file; the types here are what is read back.
 */

export const recordVersion = 1
/** Raised whenever the same manifest would give other facts; part of each run's id. */
export const protocolVersion = 2

export type Manifest = {
  kind: 'manifest'
  version: typeof recordVersion
  protocol: number
  /** Identity of the run: the hash of everything that determines its result. */
  run: string
  stream: {
    name: string
    id: string
    family: string
    title: string
    scenario: string
    dataset: string
    order: { convention: string; seed: number | null }
    classes: readonly string[]
    tasks: readonly {
      classes: readonly number[]
      name?: string
      train: number
      test: number
      kind: 'single-label' | 'multi-label'
    }[]
    notes: readonly string[]
  }
  backbone: {
    name: string
    title: string
    sha256: string
    embedding: string
    dimension: number
    preprocessing: unknown
    pretraining: { datasets: readonly string[]; note: string } | null
  } | null
  method: {
    name: string
    summary: string
    source: string
    /** Hash of the method's module and all it imports. */
    id: string
    options: Readonly<Record<string, number | string | boolean>>
    needs: unknown
    role?: 'floor' | 'ceiling'
    /** Its operations were not counted by Streambed. */
    operations?: 'declared' | 'unknown'
    classifiers: Readonly<Record<string, 'logits' | 'probabilities' | 'scores'>>
    /** The classifier that a table shows: the first that the method declares. Written by the record itself. */
    classifier?: string
  }
  seeds: { root: number } & Record<string, number | string>
  versions: Record<string, string>
  /** Where the backbone was computed, if not on the CPU: the same run gives other last digits there. */
  device?: string
}

/** One stream event that has been lived through. `tick`: how many training steps had been taken when it was over. */
export type FactEvent =
  | { kind: 'classes'; task: number; classes: readonly number[] }
  | {
      kind: 'learn'
      task: number
      images: number
      tick: number
      compute: Compute
      stateBytes: number
      losses?: LossMeans
      /** Numbers that the method chose by itself for this task; `atEnd`: the least or the greatest of those it tried. */
      chosen?: Readonly<Record<string, { value: number; atEnd: boolean }>>
    }
  | { kind: 'boundary'; task: number }
  | Evaluation
  | { kind: 'finished'; tick: number; compute: Compute; stateBytes: number }

/**
 * The course of a task's training losses, by stage: means over equal stretches of its steps, in order; `null` for a
 * stretch in which no step was taken.
 */
export type LossMeans = Readonly<Record<string, readonly (number | null)[]>>

/** Counted, as if nothing were cached; operations, one multiply-add being 2. Totals since the run began. */
export type Compute = {
  /** Backbone passes over training images (each image once for frozen embeddings). */
  flopsEmbed: number
  /**
   * Everything else that learning took: head steps, statistics, solves. `null`, like the two below: unknown, because the
   * method computes in a process of its own that declares nothing.
   */
  flopsTrain: number | null
  /** Predicting one image at this point of the stream, backbone included. */
  flopsPredictPerImage: number | null
  /** Evaluation so far; never charged to a method. */
  flopsEvaluate: number | null
  imagesSeen: number
  imagesReplayed: number
  /** The most parameters that were trained at once so far; absent where none was. */
  parametersTrained?: number
}

export type Evaluation = {
  kind: 'evaluate'
  /** The task learned last. */
  after: number
  tick: number
  /** Tasks evaluated, in order, and how many examples each; the columns below run through them in `ledgerOrder`. */
  sets: readonly { task: number; examples: number }[]
  /** Stream label of each example, [n]; −1 for an example of a multi-label set. */
  truth: readonly number[]
  /** Multi-label sets: the labels of each example, [n][…]; absent without such sets. */
  labels?: readonly (readonly number[])[]
  /** By classifier name. */
  answers: Readonly<Record<string, Answers>>
}

/** One column entry per example, in the order of `sets`. */
export type Answers = {
  /** Predicted class among all seen classes. */
  predicted: readonly number[]
  /** Predicted class among the classes of the example's own task; −1 while none of them has been seen. */
  within: readonly number[]
  /** p(true class), as a code 0 … 70 (see `probabilityOf`); `null` where the method has none. */
  pTrue: readonly number[] | null
  /** p(predicted class), likewise; equal to `pTrue` where the prediction is right. */
  confidence: readonly number[] | null
  /** Multi-label sets keep every score, [n][labels]. */
  scores?: readonly (readonly number[])[]
}

/** One line of `measurements.jsonl`. A segment is one attempt at the run, from its start to its end or death. */
export type Measurement =
  | {
      kind: 'start'
      attempt: number
      at: string
      machine: Machine
      resumedAtTick: number
      /** What was remarkable about the data files here: ignored files, duplicates. */
      remarks?: readonly string[]
    }
  | {
      kind: 'task'
      attempt: number
      task: number
      secondsWall: number
      secondsCpu: number
      peakRssBytes: number
    }
  | {
      kind: 'end'
      attempt: number
      at: string
      outcome: 'finished' | 'failed' | 'interrupted'
      secondsWall: number
      secondsCpu: number
      peakRssBytes: number
      /** Really spent, the cache having served the rest. */
      imagesEmbedded: number
      imagesFromCache: number
      /** Training steps taken in this attempt that an earlier attempt had already taken. */
      stepsRepeated: number
      /** Computing of the attempt before, beyond its last checkpoint, that this one did again. */
      secondsRepeated?: number
      error?: { code: string; what: string; where?: string; mend: string }
    }

export type Machine = {
  cpu: string
  cores: number
  threads: number
  memoryBytes: number
  platform: string
  node: string
  onnxruntime: string
  provider: string
  loadAverage: number
}

/** A whole record, read. */
export type RunRecord = {
  manifest: Manifest
  events: readonly FactEvent[]
  measurements: readonly Measurement[]
  /** SHA-256 over the uncompressed fact lines, line ends included. */
  factsHash: string
  state: 'finished' | 'unfinished' | 'failed'
  /** Where it was read from, or a name given by hand. */
  place: string
  /** What reading it showed, for example a last line that was torn by a crash. */
  remarks?: readonly string[]
}
