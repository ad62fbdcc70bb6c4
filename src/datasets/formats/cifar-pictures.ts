import { closeSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { StreambedError } from '../../error.ts'
import type { ImageSource, Split } from '../dataset.ts'
import type { PictureSource } from '../reader.ts'

export const pixelBytes = 3072
/** Records that lie this close together are fetched by one read. */
const gapRecords = 4
const mostRecordsARead = 64

/** Pictures out of files of fixed-size records, in the order of the disk, at most 64 records at a time. */
export function cifarPictures(source: Extract<ImageSource, { format: 'cifar-binary' }>): PictureSource {
  const recordBytes = source.labelBytes + pixelBytes
  const open = new Map<string, number>()
  const buffer = new Uint8Array(mostRecordsARead * recordBytes)

  function fetch(path: string, first: number, count: number): void {
    let file = open.get(path)
    if (file === undefined) {
      file = openSync(path, 'r')
      open.set(path, file)
    }
    const length = count * recordBytes
    let got = 0
    while (got < length) {
      const more = readSync(file, buffer, got, length - got, first * recordBytes + got)
      if (more === 0) throw changed(path, first + Math.floor(got / recordBytes))
      got += more
    }
  }

  return {
    async each(split: Split, rows, take) {
      const records = source.records[split]
      const places = Array.from({ length: rows.length }, (_, place) => place)
      places.sort((a, b) => records[rows[a]] - records[rows[b]])
      const files = source.files[split]
      let at = 0
      let before = 0
      for (const { path, records: held } of files) {
        const inFile = (place: number) => records[rows[place]] - before
        while (at < places.length && inFile(places[at]) < held) {
          const first = inFile(places[at])
          let end = at + 1
          while (
            end < places.length &&
            inFile(places[end]) < held &&
            inFile(places[end]) - inFile(places[end - 1]) <= gapRecords &&
            inFile(places[end]) - first < mostRecordsARead
          ) {
            end++
          }
          fetch(path, first, inFile(places[end - 1]) - first + 1)
          for (; at < end; at++) {
            const from = (inFile(places[at]) - first) * recordBytes + source.labelBytes
            const pixels = buffer.subarray(from, from + pixelBytes)
            take({ width: 32, height: 32, pixels, planar: true }, places[at])
          }
        }
        before += held
      }
    },
    close() {
      for (const file of open.values()) closeSync(file)
      open.clear()
    },
  }
}

function changed(path: string, record: number): StreambedError {
  return new StreambedError('data-changed', {
    what: `${basename(path)} became shorter while it was used: record ${(record + 1).toLocaleString('en-US')} is gone.`,
    where: path,
    mend: 'Put the file back and run again; what was computed before stays valid.',
  })
}
