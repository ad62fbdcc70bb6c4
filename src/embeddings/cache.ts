import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../error.ts'
import { withLock } from '../files/index.ts'
import { readAbout } from './about.ts'
import { claimedImages, verifiedCoverage } from './coverage.ts'
import { aboutFile, cacheFolder, imagesOf, lockFile } from './layout.ts'

/** One entry of the cache, as `cache ls` shows it. */
export interface CacheEntry {
  key: string
  folder: string
  /** `unreadable`: it doesn't say what it is; the next run that needs it mends it. */
  state: 'complete' | 'partial' | 'unreadable'
  /** For example `ViT-Tiny on CIFAR-100`; `undefined` when unreadable. */
  title: string | undefined
  dataset: string | undefined
  backbone: string | undefined
  dimension: number | undefined
  /** Images whose embeddings are there, and all of them. */
  images: number | undefined
  total: number | undefined
  /** On the disk; holes of a partial entry are not counted. */
  bytes: number
  lastUsed: Date
}

/** What the cache holds, the most recently used first. */
export function listCache(cache: string): CacheEntry[] {
  const entries = keysIn(cache).map((key): CacheEntry => {
    const folder = join(cacheFolder(cache), key)
    const about = readAbout(folder)
    const total = about && imagesOf(about.layout)
    const images = about && claimedImages(folder, about.layout)
    return {
      key,
      folder,
      state: about === undefined ? 'unreadable' : images === total ? 'complete' : 'partial',
      title: about?.title,
      dataset: about?.dataset,
      backbone: about?.backbone,
      dimension: about?.layout.dimension,
      images,
      total,
      bytes: bytesIn(folder),
      lastUsed: lastUse(folder),
    }
  })
  return entries.sort((a, b) => b.lastUsed.getTime() - a.lastUsed.getTime())
}

/** Which entries to remove; all that is said must hold. Nothing said removes nothing. */
export interface Pruning {
  all?: boolean
  key?: string
  /** Not used for this many days. */
  olderThanDays?: number
}

/**
 * Removes entries and frees their disk. One that a process is computing right now stays; one that is being read
 * can go, since an open file outlives its name.
 *
 * @returns what was removed, the bytes this freed, and the keys that were busy.
 * @throws cache-entry-unknown for a key that is not there.
 */
export async function pruneCache(
  cache: string,
  { all = false, key, olderThanDays }: Pruning,
): Promise<{ removed: CacheEntry[]; freedBytes: number; busy: string[] }> {
  removeLeftovers(cache)
  const entries = listCache(cache)
  if (key !== undefined && !entries.some((entry) => entry.key === key)) {
    throw new StreambedError('cache-entry-unknown', {
      what: `The cache has no entry ${key}.`,
      where: cacheFolder(cache),
      mend: entries.length === 0 ? 'It is empty.' : `It has ${entries.map((entry) => entry.key).join(', ')}.`,
    })
  }
  const newest = olderThanDays === undefined ? Infinity : Date.now() - olderThanDays * 86_400_000
  const named = all || key !== undefined || olderThanDays !== undefined
  const chosen = entries.filter(
    (entry) => named && (key === undefined || entry.key === key) && entry.lastUsed.getTime() <= newest,
  )
  const removed: CacheEntry[] = []
  const busy: string[] = []
  for (const entry of chosen) {
    const went = await ifUnlocked(lockFile(entry.folder), () => {
      const leaving = `${entry.folder}.leaving` // a name that no question has: half a removal is no entry
      renameSync(entry.folder, leaving)
      rmSync(leaving, { recursive: true, force: true })
    })
    if (went) removed.push(entry)
    else busy.push(entry.key)
  }
  return { removed, busy, freedBytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** Reads every byte of every complete or partial entry; damaged stretches are computed again when next needed. */
export async function verifyCache(cache: string): Promise<{ key: string; damagedImages: number }[]> {
  const findings = []
  for (const { key, folder } of listCache(cache)) {
    const about = readAbout(folder)
    if (!about) continue
    const { damaged } = await verifiedCoverage(folder, about.layout)
    findings.push({ key, damagedImages: damaged.reduce((sum, { count }) => sum + count, 0) })
  }
  return findings
}

function keysIn(cache: string): string[] {
  const folder = cacheFolder(cache)
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter(
    (name) => /^[0-9a-f]{16}$/.test(name) && statSync(join(folder, name)).isDirectory(),
  )
}

/** What a prune that was killed had begun to remove. */
function removeLeftovers(cache: string): void {
  const folder = cacheFolder(cache)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.leaving')) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => {
    const { size, blocks } = statSync(join(folder, name))
    return sum + Math.min(size, blocks * 512)
  }, 0)
}

function lastUse(folder: string): Date {
  return statSync(existsSync(aboutFile(folder)) ? aboutFile(folder) : folder).mtime
}

/** Does it and says true, unless a living process holds the lock. */
async function ifUnlocked(lock: string, work: () => void): Promise<boolean> {
  const giveUp = new AbortController()
  try {
    await withLock(lock, async () => work(), { signal: giveUp.signal, waiting: () => giveUp.abort() })
    return true
  } catch (error) {
    if (giveUp.signal.aborted) return false
    throw error
  }
}
