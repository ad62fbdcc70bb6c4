import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { z } from 'zod'

const effortSchema = z.object({ begun: z.int().min(0), seconds: z.number().min(0) })
/** Over all attempts at an entry: images whose computing was begun, and seconds spent computing. */
export type Effort = z.infer<typeof effortSchema>

/** Spaces up to this length: the file is rewritten in place by one write, before every batch. */
const width = 64

export function readEffort(path: string): Effort | undefined {
  try {
    return effortSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined // absent or damaged: a count of lost work is not worth refusing embeddings for
  }
}

/**
 * Counts work at the moment it begins, so that what a killed process had begun and not kept shows afterwards
 * as the difference between images begun and images written.
 */
export function openEffort(
  path: string,
  start: Effort,
): { begin(images: number): void; spent(seconds: number): void; close(): void } {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT)
  const effort = { ...start }
  return {
    begin(images) {
      effort.begun += images
      const seconds = Number(effort.seconds.toFixed(3))
      writeSync(file, JSON.stringify({ begun: effort.begun, seconds }).padEnd(width - 1) + '\n', 0)
    },
    spent(seconds) {
      effort.seconds += seconds
    },
    close: () => closeSync(file),
  }
}
