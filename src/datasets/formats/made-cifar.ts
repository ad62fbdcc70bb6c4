import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../../error.ts'
import { publish, publishText } from '../../files/index.ts'
import type { OpenOptions, Split } from '../dataset.ts'
import { type CifarLayout, type ScannedCifar, scanCifar } from './cifar-binary.ts'

/**
 * A dataset that is made once, kept in the cache in CIFAR's binary layout, and read back from there. It is made again
 * where it is not there or not what was written.
 *
 * @param folder named by all that decides what is made
 * @param layout with one file a split
 * @param records of a split, whole
 */
export async function madeCifar(
  folder: string,
  layout: CifarLayout,
  options: OpenOptions,
  records: (split: Split) => Promise<readonly Uint8Array[]>,
): Promise<ScannedCifar> {
  const kept = await asWritten(folder, layout, options)
  if (kept !== undefined) return kept
  for (const split of ['train', 'test'] as const) {
    publish(join(folder, layout.files[split][0]), await records(split))
  }
  const scanned = await scanCifar(folder, layout, options)
  publishText(join(folder, checksums), `${JSON.stringify(scanned.facts.md5)}\n`)
  return scanned
}

const checksums = 'md5.json'

async function asWritten(
  folder: string,
  layout: CifarLayout,
  options: OpenOptions,
): Promise<ScannedCifar | undefined> {
  if (!existsSync(join(folder, checksums))) return undefined
  try {
    const scanned = await scanCifar(folder, layout, options)
    const md5 = JSON.parse(readFileSync(join(folder, checksums), 'utf8')) as Record<string, string>
    const same = Object.entries(scanned.facts.md5).every(([file, digest]) => md5[file] === digest)
    return same ? scanned : undefined
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (error instanceof StreambedError && error.code === 'data-damaged') return undefined
    throw error
  }
}
