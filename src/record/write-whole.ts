import { fsyncSync, ftruncateSync, writeSync } from 'node:fs'
import { StreambedError } from '../error.ts'

/**
 * Appends bytes at `start`, the end of the file, and waits for the disk. One write in the common case; a disk that
 * is full takes a part first, and then the part is taken back.
 *
 * @throws record-not-written, the file being as before
 */
export function writeWhole(file: number, bytes: Buffer, start: number, path: string): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at)
    fsyncSync(file)
  } catch (cause) {
    ftruncateSync(file, start)
    throw new StreambedError('record-not-written', {
      what: `The record could not be written: ${(cause as Error).message}.`,
      where: path,
      mend: 'Make room on the disk and run again; everything before this line is stored.',
      cause,
      exit: 1,
    })
  }
}
