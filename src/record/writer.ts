import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../error.ts'
import { publish } from '../files/index.ts'
import { eventLine, manifestLine, parseEvent, parseManifest } from './facts.ts'
import type { Shown } from './ledger.ts'
import { compressLine, type Line } from './members.ts'
import { factsFile, readLines } from './reader.ts'
import type { FactEvent, Manifest } from './record.ts'
import { writeWhole } from './write-whole.ts'

/** Appends facts to a run's record. Each fact is on the disk when `append` returns. */
export interface RecordWriter {
  /** Whole lines in the file; the first is the manifest. */
  readonly lines: number
  /** What opening it dropped: a last line torn by a crash. */
  readonly remarks: readonly string[]
  /**
   * Adds a line: the manifest first, then events. An evaluation's columns are in `ledgerOrder`.
   *
   * @throws record-not-written when the disk takes no more; the file is as before.
   * @throws Error after `finished`, without a manifest, or for columns that do not fit: a bug of the caller.
   */
  append(fact: Manifest | FactEvent): void
  /**
   * Drops all lines after the first `lines`, in one step: a reader sees the old file or the new.
   *
   * @throws record-shorter-than-checkpoint when it has fewer.
   */
  truncate(lines: number): void
  close(): void
}

/** Opens a run's record to be written on, making its folder; a torn last line is dropped from the file. */
export function openRecordWriter(folder: string): RecordWriter {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, factsFile)
  let read = readLines(path)
  if (!read.separable) {
    publish(
      path,
      read.lines.map((line) => compressLine(line.text)),
    )
    read = readLines(path)
  }
  const file = openSync(path, 'a')
  if (read.whole < read.size) {
    ftruncateSync(file, read.whole)
    fsyncSync(file)
  }
  const remarks = read.whole < read.size ? [`${path}: a last line torn by a crash was dropped`] : []
  let ends: number[] = []
  let manifest: Manifest | undefined
  let isFinished = false
  let shown: Shown = new Map()
  replay(read.lines)

  /** Brings what we remember to the state after these lines. */
  function replay(lines: readonly Line[]): void {
    ends = lines.map((line) => line.end)
    shown = new Map()
    manifest = lines.length > 0 ? parseManifest(lines[0].text, path) : undefined
    isFinished = false
    lines.slice(1).forEach((line, i) => {
      isFinished = parseEvent(line.text, i + 1, manifest!, shown, path).kind === 'finished'
    })
  }

  return {
    get lines() {
      return ends.length
    },
    remarks,
    append(fact) {
      if (isFinished) throw new Error(`${path} is finished; a record is written once`)
      if ((fact.kind === 'manifest') !== (manifest === undefined))
        throw new Error('a manifest is the first line, and once')
      const seen: Shown = new Map(shown)
      const line = fact.kind === 'manifest' ? manifestLine(fact) : eventLine(fact, manifest!, seen)
      const start = ends.at(-1) ?? 0
      const bytes = compressLine(line)
      writeWhole(file, bytes, start, path)
      ends.push(start + bytes.length)
      shown = seen
      if (fact.kind === 'manifest') manifest = fact
      isFinished = fact.kind === 'finished'
    },
    truncate(lines) {
      if (lines > ends.length) {
        throw new StreambedError('record-shorter-than-checkpoint', {
          what: `The record has ${ends.length} whole lines, but the checkpoint goes on after line ${lines}.`,
          where: path,
          mend: 'The two files are not of one run. Delete the folder of this run and run it again.',
        })
      }
      if (lines === ends.length) return
      ftruncateSync(file, lines === 0 ? 0 : ends[lines - 1])
      fsyncSync(file)
      replay(readLines(path).lines)
    },
    close() {
      closeSync(file)
    },
  }
}
