import type { Device } from '../runtime/index.ts'
import type { BoardEvent } from '../tui/index.ts'

/** Where things are and what the user allows. */
export interface Settings {
  /** A suite file. */
  suite: string
  /** Datasets and backbones. */
  data: string
  /** Embeddings and indexes. */
  cache: string
  /** Records, tables and figures: a folder in which each suite has its own. */
  results: string
  /** Use data files without the published checksum. Default false. */
  allowUnofficial?: boolean
  /** `key=value` changes to the suite file. */
  set?: readonly string[]
  /** Methods beside the suite's own, as if its file had them: names of the shelf, or paths from the working folder. */
  with?: readonly string[]
  /** Only these methods, by name or label. */
  only?: readonly string[]
  /** Where backbones are computed and trained: before the suite's `budget.device`, and 'cpu' if neither is said. */
  device?: Device
}

export interface RunSettings extends Settings {
  /** Do runs again that are done already. */
  force?: boolean
  /** Runs at a time, each in its own process. Default 1. */
  jobs?: number
  signal?: AbortSignal
  /** Columns of the terminal that the table is for. Default 100. */
  width?: number
  /** Colours in the table. Default false. */
  colour?: boolean
  onEvent?(event: BoardEvent): void
}
