import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../error.ts'
import type { Measurement } from './record.ts'
import { measurementSchema } from './schema.ts'
import { writeWhole } from './write-whole.ts'

const fileName = 'measurements.jsonl'

/**
 * Adds one line to a run's measurements in one write, after dropping a last line that a crash tore.
 *
 * @throws record-not-written when the disk takes no more.
 */
export function appendMeasurement(folder: string, measurement: Measurement): void {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, fileName)
  const before = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const whole = before.lastIndexOf(10) + 1
  const file = openSync(path, 'a')
  try {
    if (whole < before.length) ftruncateSync(file, whole)
    writeWhole(file, Buffer.from(`${JSON.stringify(measurement)}\n`, 'utf8'), whole, path)
  } finally {
    closeSync(file)
  }
}

/** All measurements of a run, oldest first; a torn last line is left out and said. */
export function readMeasurements(folder: string): { measurements: Measurement[]; remarks: string[] } {
  const path = join(folder, fileName)
  if (!existsSync(path)) return { measurements: [], remarks: [] }
  const text = readFileSync(path, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return {
    measurements: whole
      .split('\n')
      .slice(0, -1)
      .map((line, index) => parse(line, index, path)),
    remarks: whole.length < text.length ? [`${path}: a last line torn by a crash is left out`] : [],
  }
}

function parse(line: string, index: number, path: string): Measurement {
  try {
    return measurementSchema.parse(JSON.parse(line)) as Measurement
  } catch (cause) {
    throw new StreambedError('record-line-unreadable', {
      what: `Line ${index + 1} of the measurements is not what a record says: ${line.slice(0, 60)}`,
      where: path,
      mend: 'Take that line out: measurements are not part of the facts, and the run stays valid without it.',
      cause,
    })
  }
}
