import type { Dataset, Split } from '../datasets/index.ts'
import type { ErrorText } from '../error.ts'
import type { Preprocessing } from '../pictures/index.ts'

/** What the decoding Worker is started with. */
export interface DecodeJob {
  dataset: Pick<Dataset, 'image' | 'source'>
  preprocessing: Preprocessing
  input: { height: number; width: number }
}

/** To the Worker: fill this buffer with these images, or finish. The buffer travels along and has one owner. */
export type DecodeOrder =
  | { kind: 'fill'; split: Split; from: number; count: number; buffer: ArrayBuffer }
  | { kind: 'finish' }

/** From the Worker. `shape` is that of one picture, planar RGB: [3, height, width]. */
export type DecodeAnswer =
  | { kind: 'ready'; shape: readonly number[] }
  | { kind: 'filled'; split: Split; from: number; count: number; buffer: ArrayBuffer }
  | { kind: 'failed'; known: ErrorText }
  | { kind: 'failed'; known: undefined; message: string; stack: string | undefined }
