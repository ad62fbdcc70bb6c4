import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'

/**
 * A 16-byte file that tells a later attempt how far this one had got when it was killed: the training step and
 * the seconds computed since the last checkpoint, both float64. Written in place after every step; not synced,
 * since it need only survive the process.
 */
export class Pulse {
  readonly #file: number
  readonly #bytes = Buffer.alloc(16)
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, existsSync(path) ? 'r+' : 'w+')
  }

  beat(tick: number, secondsSinceCheckpoint: number): void {
    this.#bytes.writeDoubleLE(tick, 0)
    this.#bytes.writeDoubleLE(secondsSinceCheckpoint, 8)
    writeSync(this.#file, this.#bytes, 0, 16, 0)
  }

  close(): void {
    closeSync(this.#file)
  }

  drop(): void {
    this.close()
    rmSync(this.#path, { force: true })
  }
}

/** What an earlier attempt had done beyond its last checkpoint, which will now be done twice. */
export function readPulse(path: string): { tick: number; seconds: number } | undefined {
  if (!existsSync(path)) return undefined
  const bytes = readFileSync(path)
  if (bytes.length !== 16) return undefined
  return { tick: bytes.readDoubleLE(0), seconds: bytes.readDoubleLE(8) }
}
