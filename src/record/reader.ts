import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../error.ts'
import { sha256 } from '../identity/index.ts'
import { parseEvent, parseManifest } from './facts.ts'
import { readMeasurements } from './measurements.ts'
import { type Lines, splitLines } from './members.ts'
import type { Manifest, Measurement, RunRecord } from './record.ts'

export const factsFile = 'facts.jsonl.gz'

/**
 * Reads a run's record from its folder. A last line torn by a crash is left out and said in `remarks`.
 *
 * @throws record-missing, record-damaged, record-version-unknown, record-line-unreadable
 */
export function readRecord(folder: string): RunRecord {
  const path = join(folder, factsFile)
  const { lines, size, whole } = readLines(path)
  if (lines.length === 0) throw missing(path, existsSync(path))
  const manifest = parseManifest(lines[0].text, path)
  const shown = new Map()
  const events = lines.slice(1).map((line, i) => parseEvent(line.text, i + 1, manifest, shown, path))
  const { measurements, remarks } = readMeasurements(folder)
  return {
    manifest,
    events,
    measurements,
    factsHash: sha256(lines.map((line) => line.text).join('')),
    state:
      events.at(-1)?.kind === 'finished' ? 'finished' : hasFailed(measurements) ? 'failed' : 'unfinished',
    place: folder,
    remarks: [...(whole < size ? [`${path}: a last line torn by a crash is left out`] : []), ...remarks],
  }
}

/** Who this folder's record is, or `undefined` if nothing readable has been written yet. */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, factsFile)
  const { lines } = readLines(path)
  return lines.length === 0 ? undefined : parseManifest(lines[0].text, path)
}

/** How far the record in a folder has come, without reading its answers. */
export function recordState(folder: string): RunRecord['state'] | 'absent' {
  const { lines } = readLines(join(folder, factsFile))
  if (lines.length === 0) return 'absent'
  const last = lines.at(-1)!.text
  if (last.length < 10_000 && JSON.parse(last).kind === 'finished') return 'finished'
  return hasFailed(readMeasurements(folder).measurements) ? 'failed' : 'unfinished'
}

export function readLines(path: string): Lines & { size: number } {
  const file = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  return { ...splitLines(file, path), size: file.length }
}

/** Has the last attempt failed? An attempt without an end was killed, which is no failure of the method. */
function hasFailed(measurements: readonly Measurement[]): boolean {
  const last = measurements.at(-1)
  return last?.kind === 'end' && last.outcome === 'failed'
}

function missing(path: string, exists: boolean): StreambedError {
  return new StreambedError('record-missing', {
    what: exists ? 'This record has no whole line yet.' : 'There is no record here.',
    where: path,
    mend: 'Run the suite (again), or name a folder that holds facts.jsonl.gz.',
  })
}
