import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const beatSeconds = 2
const staleSeconds = 30

/**
 * Runs `work` while holding a lock file, waiting while another living process holds it.
 *
 * A holder that died is noticed at once on its own machine (its process id is gone) and after 30 s without a
 * heartbeat from another machine sharing the folder. `waiting` is called once if we have to wait.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { waiting?: (holder: string) => void; signal?: AbortSignal } = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  const me = JSON.stringify({ host: hostname(), pid: process.pid })
  let told = false
  while (true) {
    options.signal?.throwIfAborted()
    try {
      writeFileSync(path, me, { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = dropIfDead(path)
    if (holder === undefined) continue
    if (!told) options.waiting?.(holder)
    told = true
    await sleep(150)
  }
  const beat = setInterval(() => {
    const now = new Date()
    try {
      utimesSync(path, now, now)
    } catch {
      // The lock was taken from us as stale (a machine that slept); the work's own atomic publication decides.
    }
  }, beatSeconds * 1000)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    rmSync(path, { force: true })
  }
}

/** Who holds the lock, or `undefined` after removing the lock of a dead holder. */
function dropIfDead(path: string): string | undefined {
  let text: string
  let ageSeconds: number
  try {
    text = readFileSync(path, 'utf8')
    ageSeconds = (Date.now() - statSync(path).mtimeMs) / 1000
  } catch {
    return undefined
  }
  let dead = ageSeconds > staleSeconds
  let holder = text
  try {
    const { host, pid } = JSON.parse(text) as { host: string; pid: number }
    holder = `process ${pid} on ${host}`
    if (host === hostname() && pid !== process.pid && !isAlive(pid)) dead = true
  } catch {
    if (ageSeconds > beatSeconds) dead = true // half-written by a process killed between create and write
  }
  if (!dead) return holder
  takeAway(path, text)
  return undefined
}

/**
 * Removes the lock that says `text`. Moved aside first, since of two waiters who saw the same dead holder the slower
 * would otherwise delete the lock that the faster has made by then; that one is put back.
 */
function takeAway(path: string, text: string): void {
  const aside = `${path}.${process.pid}.stale`
  try {
    renameSync(path, aside)
  } catch {
    return // the other waiter was faster
  }
  try {
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path)
  } catch {
    // A third has made a lock in the meantime: then that one holds, and its owner's work is atomic anyway.
  }
  rmSync(aside, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
