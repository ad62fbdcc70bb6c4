import { CsvError, parse } from 'csv-parse/sync'
import { nearest, StreambedError } from '../../error.ts'
import type { Split } from '../dataset.ts'

/** One picture as the manifest has it. */
export interface ManifestRow {
  /** Line on which the row begins, counted from 1. */
  line: number
  /** As written. */
  path: string
  label: string
  split: Split
}

export interface ManifestRows {
  rows: ManifestRow[]
  /** Columns that are none of the three. */
  others: string[]
  separator: ',' | ';' | '\t'
}

const columns = ['path', 'label', 'split'] as const
/** Longer rows come from a quote that is not closed. */
const mostRowBytes = 65_536

/**
 * Reads CSV (RFC 4180) with a header that has the columns path, label and split in any order.
 *
 * Columns stand apart by commas, or by semicolons or tabs where the header has these. Spaces around an unquoted
 * cell do not count, nor do empty lines. A cell is text and nothing else: `=SUM(A1)` is a label like any other.
 *
 * @throws manifest-empty; manifest-header, with the nearest word; manifest-row, manifest-quote and
 * manifest-split-word, naming the line.
 */
export function manifestRows(text: string, file: string): ManifestRows {
  if (text.trim() === '') {
    throw new StreambedError('manifest-empty', {
      what: 'The manifest is empty.',
      where: file,
      mend: 'Write path,label,split as the first line and one picture a line below.',
    })
  }
  const separator = separatorOf(text)
  const rows: ManifestRow[] = []
  let header: Header | undefined
  let last = 0
  try {
    parse(text, {
      delimiter: separator,
      record_delimiter: '\n',
      skip_empty_lines: true,
      trim: true,
      max_record_size: mostRowBytes,
      // Taken row by row, so that the parser keeps none. Cells in an array: objects with names are far slower.
      on_record(cells: string[], { lines }) {
        const line = lines - cells.reduce((sum, cell) => sum + breaksIn(cell), 0)
        if (header === undefined) header = headerOf(cells, file, line)
        else rows.push(rowOf(cells, header, file, line))
        last = lines
        return null
      },
    })
  } catch (cause) {
    throw cause instanceof CsvError ? unreadable(cause, last, file) : cause
  }
  if (rows.length === 0) {
    throw new StreambedError('manifest-empty', {
      what: 'The manifest has a header and no rows.',
      where: file,
      mend: 'Write one picture a line below the header: its path, its label, and train or test.',
    })
  }
  return { rows, others: header?.others ?? [], separator }
}

interface Header {
  path: number
  label: number
  split: number
  others: string[]
}

/** The sign that parts the header into the most of the three names; a comma in doubt. */
function separatorOf(text: string): ManifestRows['separator'] {
  const first = text.trimStart().split('\n', 1)[0]
  const known = (separator: string) => {
    const cells = first.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    return columns.filter((column) => cells.includes(column)).length
  }
  return ([';', '\t'] as const).find((separator) => known(separator) > known(',')) ?? ','
}

function headerOf(cells: readonly string[], file: string, line: number): Header {
  const refuse = (what: string, mend: string) =>
    new StreambedError('manifest-header', { what, where: `${file}:${line}`, mend })
  const others = cells.filter((cell) => !(columns as readonly string[]).includes(cell))
  const missing = columns.filter((column) => !cells.includes(column))
  const usual =
    'Write path,label,split as the first line; further columns may stand there and are passed over.'
  if (missing.length > 0) {
    const [column] = missing
    const close = others.find((other) => nearest(other, missing) === column)
    const seen = cells.slice(0, 8).map(quoted).join(', ') + (cells.length > 8 ? ' …' : '')
    throw refuse(
      `The header has no column ${missing.join(' and no column ')}; it has ${seen}.`,
      close === undefined ? usual : `Did you mean ${column} where ${quoted(close)} stands? ${usual}`,
    )
  }
  const twice = columns.find((column) => cells.indexOf(column) !== cells.lastIndexOf(column))
  if (twice !== undefined) {
    throw refuse(`The header has the column ${twice} twice.`, 'Give the one that is not meant another name.')
  }
  const [path, label, split] = columns.map((column) => cells.indexOf(column))
  return { path, label, split, others }
}

function rowOf(cells: readonly string[], header: Header, file: string, line: number): ManifestRow {
  const row = { line, path: cells[header.path], label: cells[header.label] }
  const split = cells[header.split]
  for (const column of ['path', 'label'] as const) {
    if (row[column].trim() === '') {
      throw badRow(file, line, `Line ${line} has no ${column}.`, `Write the ${column}, or remove the row.`)
    }
    if (/\p{Cc}/u.test(row[column])) {
      throw badRow(
        file,
        line,
        `The ${column} on line ${line} holds a line break or another control character: ${JSON.stringify(row[column].slice(0, 80))}.`,
        `Write the ${column} without it.`,
      )
    }
  }
  if (split !== 'train' && split !== 'test') throw splitWord(split, file, line)
  return { ...row, split }
}

function splitWord(word: string, file: string, line: number): StreambedError {
  const close = nearest(word, ['train', 'test'])
  const mend = /^(val|valid|validation|dev)$/i.test(word)
    ? 'Write test where these rows are to be evaluated on, train where they are to be learned, or leave them out; no choice is made for you, since it changes every number.'
    : `${close && word !== '' ? `Did you mean ${close}? ` : ''}Write train for what is learned from, test for what is evaluated on.`
  return new StreambedError('manifest-split-word', {
    what:
      word === ''
        ? `Line ${line} has no split; taken are train and test.`
        : `Line ${line} has the split ${quoted(word)}; taken are train and test.`,
    where: `${file}:${line}`,
    mend,
  })
}

/** What the parser refused, in the reader's terms. `last` is the line on which the last good row ended. */
function unreadable(error: CsvError & { lines?: number; record?: unknown[] }, last: number, file: string) {
  const line = error.lines ?? last + 1
  const quote = (what: string) =>
    new StreambedError('manifest-quote', {
      what,
      where: `${file}:${last + 1}`,
      mend: 'Put quotes around a whole cell, and double those within: "a ""b"".png".',
      cause: error,
    })
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH': {
      const count = error.record?.length ?? 0
      const what = `Line ${line} has ${count} ${count === 1 ? 'cell' : 'cells'}, another number than the header.`
      return badRow(file, line, what, 'Put quotes around a path or label that holds the separator.')
    }
    case 'CSV_QUOTE_NOT_CLOSED':
      return quote(`A quote that opens after line ${last} is not closed.`)
    case 'CSV_MAX_RECORD_SIZE':
      return quote(
        `The row after line ${last} is longer than ${mostRowBytes.toLocaleString('en-US')} bytes, as when a quote is not closed.`,
      )
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return quote(`Line ${line} has a quote in the middle of a cell.`)
    default:
      return badRow(file, line, `Line ${line} is not CSV: ${error.message}`, 'Save the table as CSV anew.')
  }
}

function badRow(file: string, line: number, what: string, mend: string): StreambedError {
  return new StreambedError('manifest-row', { what, where: `${file}:${line}`, mend })
}

const quoted = (word: string): string => `“${word.length > 40 ? `${word.slice(0, 39)}…` : word}”`
const breaksIn = (cell: string): number => (cell.includes('\n') ? cell.split('\n').length - 1 : 0)
