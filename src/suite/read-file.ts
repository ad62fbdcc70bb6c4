import { readFileSync, statSync } from 'node:fs'
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { StreambedError } from '../error.ts'
import { type Mistake, type Path, pathText, throwMistakes } from './mistake.ts'
import { plainValue } from './plain-value.ts'

/** A suite file as YAML gives it: plain values, and where each was written. */
export interface SuiteText {
  value: unknown
  /** Where a value or its key stands: `suites/quick.yaml:7:5 › streams[0].tasks`. */
  placeOf(mistake: Pick<Mistake, 'path' | 'atKey'>): NonNullable<Mistake['place']>
}

const largestBytes = 1_000_000

/**
 * Reads a suite file.
 *
 * @throws suite-missing, suite-too-large, suite-not-utf8, suite-empty, suite-alias-bomb; suite-tab, suite-duplicate-key
 * and suite-not-yaml with line and column, as an AggregateError if several
 */
export function readSuiteText(file: string): SuiteText {
  const text = textOf(file)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const at = (offset: number, path?: string) => {
    const { line, col } = lines.linePos(offset)
    return { where: `${file}:${line}:${col}${path ? ` › ${path}` : ''}`, line, column: col }
  }
  throwMistakes(file, yamlMistakes(document, at), () => at(0))
  if (document.contents === null) {
    throw new StreambedError('suite-empty', {
      what: 'The suite file is empty.',
      where: file,
      mend: 'Name at least name, streams, backbones and methods; suites/default.yaml is an example.',
    })
  }
  return {
    value: valueIn(document, file),
    placeOf: ({ path, atKey }) => at(offsetOf(document, path, atKey ?? false), pathText(path)),
  }
}

function valueIn(document: Document, file: string): unknown {
  const plain = plainValue(document)
  if ('value' in plain) return plain.value
  throw new StreambedError(plain.isBomb ? 'suite-alias-bomb' : 'suite-not-yaml', {
    what: plain.isBomb
      ? 'The suite file repeats its anchors (&name, *name) so often that it would fill the memory.'
      : `An alias (*name) of the suite file leads nowhere or to itself: ${plain.problem}.`,
    where: file,
    mend: 'Write the values out, or repeat them less.',
    cause: plain.cause,
  })
}

function textOf(file: string): string {
  let bytes: Buffer
  try {
    if (statSync(file).size > largestBytes) {
      throw new StreambedError('suite-too-large', {
        what: 'The file is larger than a megabyte, which no suite is.',
        where: file,
        mend: 'Give a suite file (YAML), for example suites/default.yaml.',
      })
    }
    bytes = readFileSync(file)
  } catch (cause) {
    if (cause instanceof StreambedError) throw cause
    const isFolder = (cause as NodeJS.ErrnoException).code === 'EISDIR'
    throw new StreambedError('suite-missing', {
      what: isFolder
        ? 'This is a folder, not a suite file.'
        : `There is no suite file to read: ${(cause as Error).message}`,
      where: file,
      mend: 'Give the path of a suite file; `streambed list suites` prints those that come with Streambed.',
      cause,
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
    throw new StreambedError('suite-not-utf8', {
      what: isWide
        ? 'The file is UTF-16 text.'
        : `The file is not UTF-8 text from line ${badLine(bytes)} on.`,
      where: file,
      mend: 'Save it as UTF-8.',
      cause,
    })
  }
}

/** The first line, 1-based, that does not decode. */
function badLine(bytes: Buffer): number {
  let line = 1
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(10, from)
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(from, end < 0 ? undefined : end))
    } catch {
      return line
    }
    if (end < 0) break
    from = end + 1
  }
  return line
}

function yamlMistakes(document: Document, at: (offset: number) => NonNullable<Mistake['place']>): Mistake[] {
  const { errors, warnings } = document
  // A tab makes the lines after it unreadable too, so only the tabs are told.
  const tabs = errors.filter((error) => error.code === 'TAB_AS_INDENT')
  return (tabs.length > 0 ? tabs : [...errors, ...warnings]).map((error) => {
    const place = at(error.pos[0])
    const common = { path: [], place }
    if (error.code === 'TAB_AS_INDENT') {
      return { ...common, code: 'suite-tab', what: 'A tab indents this line.', mend: 'Indent with spaces.' }
    }
    if (error.code === 'DUPLICATE_KEY') {
      return {
        ...common,
        code: 'suite-duplicate-key',
        what: 'This key stands twice in one mapping, so one of its values would be lost.',
        mend: 'Keep one of the two.',
      }
    }
    return {
      ...common,
      code: 'suite-not-yaml',
      what: `This is not YAML: ${error.message.replace(/\.?$/, '.')}`,
      mend: 'Compare with a suite that works, for example suites/default.yaml.',
    }
  })
}

/** Where the nearest node to a path begins, or the key that the path ends with. */
function offsetOf(document: Document, path: Path, atKey: boolean): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const step = path[length - 1]
    if (isMap(parent) && (atKey || length < path.length)) {
      const key = parent.items.find(
        (pair) => String(isNode(pair.key) ? pair.key : pair.key) === String(step),
      )?.key
      if (isNode(key) && key.range) return key.range[0]
    }
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0
}
