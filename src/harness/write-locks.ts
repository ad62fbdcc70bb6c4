import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dataset } from '../datasets/index.ts'
import { publishText } from '../files/index.ts'
import { checkLock, lockName, lockOf, lockText, type Stream, type StreamLock } from '../streams/index.ts'

/**
 * Keeps one lockfile a stream in `streams/` of a results folder: images, labels and events by hash.
 *
 * @returns a remark for each stream whose images, labels or events are no longer those of the lock that was there;
 *   its runs have other ids then, and the earlier records are left alone
 */
export function writeLocks(folder: string, laid: readonly { stream: Stream; dataset: Dataset }[]): string[] {
  return laid.flatMap(({ stream, dataset }) => {
    const path = join(folder, 'streams', lockName(stream))
    const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as StreamLock) : undefined
    if (before?.id === stream.id) return []
    const difference = before && checkLock(before, stream, dataset)
    publishText(path, lockText(lockOf(stream, dataset)))
    return difference
      ? [`${stream.name} is another stream than when this folder was last run. ${difference}`]
      : []
  })
}
