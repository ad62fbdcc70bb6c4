import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { StreambedError } from '../error.ts'
import { publishText } from '../files/index.ts'
import { type RunRecord, readManifest, readRecord, recordState } from '../record/index.ts'
import { type Grid, type GridCell, indexSchema, indexVersion } from './grid.ts'

/**
 * A results folder:
 *
 *   suite.yaml               the suite file as it was run
 *   index.json               the grid: runs asked for, and where their records are
 *   runs/<run>/              one record a folder, written once and never edited
 *   table.md, accuracy.svg … drawn from the records, and drawn again at will
 *
 * A folder of a single record is taken too: a store of one run and no grid.
 */
export interface Store {
  /** Absolute. */
  readonly folder: string
  /** `undefined` for a single record, and for a results folder that nothing was run in yet. */
  readonly grid: Grid | undefined
  /** Where the record of a run is, or will be. */
  runFolder(name: string): string
  /** Is there a whole record of this run? */
  isFinished(id: string): boolean
  /** The records of the grid, and what does not fit it. */
  read(): StoreContent
  /** Publishes the grid and a copy of its suite file, with the flags that changed it. Records stay where they are. */
  writeGrid(grid: Grid, suiteFile: string, flags?: readonly string[]): void
}

export interface StoreContent {
  /** In the order of the grid; for a single record, that one. */
  records: RunRecord[]
  /** Cells without a readable line yet. */
  missing: GridCell[]
  /** Folders with a record that the grid does not ask for: of an earlier suite, or an earlier method. Not read. */
  stale: string[]
  /** Sentences for people, for example of a line that a crash tore. */
  remarks: string[]
}

/**
 * Opens a results folder or the folder of a single record.
 *
 * @param options.create makes the folder if it is not there
 * @throws no-such-folder, not-a-results-folder, index-unreadable, index-version-unknown
 */
export function openStore(path: string, { create = false }: { create?: boolean } = {}): Store {
  const folder = resolve(path)
  if (create) mkdirSync(join(folder, 'runs'), { recursive: true })
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new StreambedError('no-such-folder', {
      what: existsSync(folder) ? 'This is a file and not a folder.' : 'There is no such folder.',
      where: path,
      mend: 'Name the folder that a suite was run into, for example results/quick, or the folder of one run.',
    })
  }
  const isSingle = recordState(folder) !== 'absent'
  const isResults = existsSync(join(folder, 'index.json')) || existsSync(join(folder, 'runs'))
  if (!isSingle && !isResults) throw notResults(folder, path)
  let grid = isSingle ? undefined : readGrid(folder)
  const runFolder = (name: string) => join(folder, 'runs', name)
  return {
    folder,
    get grid() {
      return grid
    },
    runFolder,
    isFinished(id) {
      const at = isSingle ? folder : (grid?.cells.find((cell) => cell.id === id)?.folder ?? runFolder(id))
      return recordState(at) === 'finished' && readManifest(at)?.run === id
    },
    read() {
      if (isSingle) {
        const record = readRecord(folder)
        return { records: [record], missing: [], stale: [], remarks: [...(record.remarks ?? [])] }
      }
      return readAll(folder, grid)
    },
    writeGrid(next, suiteFile, flags = []) {
      const onDisk = {
        version: indexVersion,
        ...next,
        cells: next.cells.map((cell) => ({ ...cell, folder: inside(folder, cell.folder) })),
      }
      indexSchema.parse(onDisk)
      const changes = flags.map((flag) => `# ${flag.replaceAll('\n', '\n# ')}\n`)
      const text = readFileSync(suiteFile, 'utf8')
      publishText(join(folder, 'suite.yaml'), changes.length === 0 ? text : `${text}\n${changes.join('')}`)
      publishText(join(folder, 'index.json'), `${JSON.stringify(onDisk, null, 2)}\n`)
      grid = readGrid(folder)
    },
  }
}

/** Every record that the grid asks for; without a grid, every record there is. */
function readAll(folder: string, grid: Grid | undefined): StoreContent {
  const present = recordFolders(join(folder, 'runs'))
  const content: StoreContent = { records: [], missing: [], stale: [], remarks: [] }
  const wanted = grid?.cells ?? present.map((at) => ({ id: readManifest(at)!.run, label: at, folder: at }))
  for (const cell of wanted) {
    const manifest = readManifest(cell.folder)
    if (manifest?.run === cell.id) {
      const record = readRecord(cell.folder)
      content.records.push(record)
      content.remarks.push(...(record.remarks ?? []))
    } else {
      content.missing.push(cell)
      if (manifest) content.stale.push(cell.folder)
    }
  }
  const known = new Set(wanted.map((cell) => cell.folder))
  content.stale.push(...present.filter((at) => !known.has(at)))
  return content
}

function recordFolders(runs: string): string[] {
  if (!existsSync(runs)) return []
  return readdirSync(runs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(runs, entry.name))
    .filter((at) => recordState(at) !== 'absent')
    .sort()
}

function readGrid(folder: string): Grid | undefined {
  const path = join(folder, 'index.json')
  if (!existsSync(path)) return undefined
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw unreadable(path, 'it is not JSON', cause)
  }
  const version = (value as { version?: unknown } | null)?.version
  if (version !== indexVersion) {
    throw new StreambedError('index-version-unknown', {
      what: `This index has version ${JSON.stringify(version) ?? 'none'}; this Streambed reads ${indexVersion}.`,
      where: path,
      mend: 'Read it with the release that wrote it or a later one: npm install streambed@latest.',
    })
  }
  const result = indexSchema.safeParse(value)
  if (!result.success) {
    const { path: at, message } = result.error.issues[0]
    throw unreadable(path, `${at.join('.')}: ${message}`, result.error)
  }
  const { suite, cells, exclude } = result.data
  return { suite, cells: cells.map((cell) => ({ ...cell, folder: join(folder, cell.folder) })), exclude }
}

/** A record's place relative to the results folder, so that the folder can be moved or committed. */
function inside(folder: string, at: string): string {
  const path = isAbsolute(at) ? relative(folder, at) : at
  if (path.startsWith('..') || isAbsolute(path)) throw new Error(`${at} is not inside ${folder}`)
  return path.replaceAll('\\', '/')
}

function notResults(folder: string, path: string): StreambedError {
  const within = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'index.json')))
    .map((entry) => join(path, entry.name))
  return new StreambedError('not-a-results-folder', {
    what: 'This folder holds neither index.json and runs/ nor a record (facts.jsonl.gz).',
    where: path,
    mend:
      within.length > 0
        ? `Name one of the results folders in it: ${within.slice(0, 5).join(', ')}.`
        : 'Name the folder that a suite was run into, for example results/quick, or the folder of one run.',
  })
}

function unreadable(path: string, reason: string, cause: unknown): StreambedError {
  return new StreambedError('index-unreadable', {
    what: `The index can't be read: ${reason}.`,
    where: path,
    mend: 'Run the suite again: finished runs are not repeated, and the index is written anew.',
    cause,
  })
}
