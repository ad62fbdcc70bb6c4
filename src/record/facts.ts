import { z } from 'zod'
import { either, StreambedError } from '../error.ts'
import { canonicalJson } from '../identity/index.ts'
import { pack, type Shown, type StoredEvaluation, unpack } from './ledger.ts'
import { type FactEvent, type Manifest, recordVersion } from './record.ts'
import { eventSchema, manifestSchema } from './schema.ts'

/** Record versions that this release reads. */
const readable = [recordVersion]

/** A manifest as a line. Says which classifier is the row's, since JSON with sorted keys forgets the first. */
export function manifestLine(manifest: Manifest): string {
  const classifier = manifest.method.classifier ?? Object.keys(manifest.method.classifiers)[0]
  return canonicalJson({ ...manifest, method: { ...manifest.method, classifier } }) + '\n'
}

export function eventLine(event: FactEvent, manifest: Manifest, shown: Shown): string {
  return canonicalJson(event.kind === 'evaluate' ? pack(event, manifest.stream.tasks, shown) : event) + '\n'
}

/**
 * Reads a manifest line.
 *
 * @throws record-version-unknown for a record of another Streambed's making; record-line-unreadable.
 */
export function parseManifest(line: string, place: string): Manifest {
  const value = json(line, 0, place)
  const version = (value as { version?: unknown } | null)?.version
  if (!readable.includes(version as typeof recordVersion)) {
    throw new StreambedError('record-version-unknown', {
      what: `This record has version ${JSON.stringify(version) ?? 'none'}; this Streambed reads ${either(readable)}.`,
      where: place,
      mend: 'Read it with the release that wrote it or a later one: npm install streambed@latest.',
    })
  }
  return checked(manifestSchema, value, 0, place) as Manifest
}

/** Reads the line of an event; `shown` gathers the labels of test sets from line to line. */
export function parseEvent(
  line: string,
  index: number,
  manifest: Manifest,
  shown: Shown,
  place: string,
): FactEvent {
  const stored = checked(eventSchema, json(line, index, place), index, place)
  if (stored.kind !== 'evaluate') return stored as FactEvent
  try {
    return unpack(stored as StoredEvaluation, manifest.stream.tasks, shown)
  } catch (error) {
    throw unreadable(index, place, (error as Error).message, error)
  }
}

function json(line: string, index: number, place: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw unreadable(index, place, 'it is not JSON', error)
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, index: number, place: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]
  throw unreadable(index, place, `${z.core.toDotPath(path) || 'the line'}: ${message}`, result.error)
}

function unreadable(index: number, place: string, reason: string, cause: unknown): StreambedError {
  return new StreambedError('record-line-unreadable', {
    what: `Line ${index + 1} of the facts is not what a record says: ${reason}.`,
    where: place,
    mend: 'Restore the file from a copy, or delete the folder of this run and run it again.',
    cause,
  })
}
