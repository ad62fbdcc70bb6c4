import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../../error.ts'
import type { Split } from '../dataset.ts'
import { byBytes } from './class-names.ts'

/** One row of a dataset with pictures, as the Hugging Face Hub keeps them. */
export interface HubRow {
  /** The picture's file, whole. */
  bytes: Uint8Array
  /** The other columns that were asked for. */
  values: Readonly<Record<string, unknown>>
  /** The Parquet file and the row in it, counted from 1, for errors. */
  where: string
}

const splits = ['train', 'test'] as const

/**
 * The Parquet files of both splits: `train…parquet` and `test…parquet` in the folder or in `data/` there, each split
 * one file or several shards in the order of their names.
 *
 * @throws data-missing
 */
export function hubFiles(folder: string): Record<Split, string[]> {
  const places = [join(folder, 'data'), folder].filter(
    (place) => existsSync(place) && statSync(place).isDirectory(),
  )
  const files = Object.fromEntries(
    splits.map((split) => {
      const found = places.map((place) =>
        readdirSync(place)
          .filter((file) => file.startsWith(split) && file.endsWith('.parquet'))
          .sort(byBytes)
          .map((file) => join(place, file)),
      )
      return [split, found.find((list) => list.length > 0) ?? []]
    }),
  ) as Record<Split, string[]>
  const missing = splits.filter((split) => files[split].length === 0)
  if (missing.length === 0) return files
  throw new StreambedError('data-missing', {
    what: `There is no ${missing.map((split) => `${split}….parquet`).join(' and no ')}.`,
    where: places[0] ?? folder,
    mend: 'Download the dataset’s Parquet files into this folder (or data/ in it), or name another with --data.',
  })
}

/** Rows at a time: a group of pictures of 32 pixels is a few megabytes. */
const rowsAtOnce = 1000

/**
 * Every row of Parquet files whose column `image` is a struct of `bytes` and `path`, in any codec.
 *
 * @throws parquet-unreadable, parquet-column (with the columns that are there), picture-missing for a row without bytes
 */
export async function* hubRows(paths: readonly string[], columns: readonly string[]): AsyncGenerator<HubRow> {
  // Loaded here: whoever reads other formats need not load them.
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import(
    'hyparquet'
  )
  const { compressors } = await import('hyparquet-compressors')
  for (const path of paths) {
    const unreadable = (cause: unknown) =>
      new StreambedError('parquet-unreadable', {
        what: `The Parquet file can't be read: ${(cause as Error).message}.`,
        where: path,
        mend: 'Download it again.',
        cause,
      })
    const file = await asyncBufferFromFile(path)
    const metadata = await parquetMetadataAsync(file).catch((cause) => {
      throw unreadable(cause)
    })
    const there = parquetSchema(metadata).children.map(({ element }) => element.name)
    const missing = ['image', ...columns].filter((name) => !there.includes(name))
    if (missing.length > 0) {
      throw new StreambedError('parquet-column', {
        what: `The Parquet file has no column ${missing.join(' and no ')}; its columns are ${there.join(', ')}.`,
        where: path,
        mend: 'Download the file that the dataset’s page shows, or look whether its columns were renamed.',
      })
    }
    const total = Number(metadata.num_rows)
    for (let from = 0; from < total; from += rowsAtOnce) {
      const rows = await parquetReadObjects({
        file,
        metadata,
        compressors,
        columns: ['image', ...columns],
        rowStart: from,
        rowEnd: Math.min(total, from + rowsAtOnce),
        utf8: false, // bytes of pictures are no text
      }).catch((cause) => {
        throw unreadable(cause)
      })
      for (const [i, { image, ...values }] of rows.entries()) {
        const where = `${path} › row ${(from + i + 1).toLocaleString('en-US')}`
        const bytes = (image as { bytes?: unknown } | null)?.bytes
        if (!(bytes instanceof Uint8Array)) {
          throw new StreambedError('picture-missing', {
            what: 'The row has no bytes of a picture.',
            where,
            mend: 'Download the file again; if its pictures are files of their own, put them into a folder and open that.',
          })
        }
        yield { bytes, values, where }
      }
    }
  }
}
