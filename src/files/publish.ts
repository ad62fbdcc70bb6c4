import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a whole file so that a reader sees the old bytes or all the new ones, whatever happens in between:
 * a temporary neighbour, fsync, rename. Makes the folder. The error of a full disk leaves nothing behind.
 */
export function publish(path: string, pieces: readonly Uint8Array[]): void {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2, 8)}.tmp`
  const file = openSync(temporary, 'wx')
  try {
    try {
      for (const piece of pieces) {
        for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at, piece.length - at)
      }
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

export function publishText(path: string, text: string): void {
  publish(path, [Buffer.from(text, 'utf8')])
}
