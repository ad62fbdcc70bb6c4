import { type ChildProcess, spawn } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { type RunRecord, readRecord } from '../../src/record/index.ts'

export const packageFolder = fileURLToPath(new URL('../..', import.meta.url))
export const main = join(packageFolder, 'dist/src/cli/main.js')

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  readonly pid: number
  readonly stderr: string
  ended: Promise<Ended>
  /** Waits until stderr has said this. */
  says(pattern: RegExp): Promise<void>
  /** Signals the command and everything that it started, as a terminal does. */
  signalAll(signal: NodeJS.Signals): void
}

const running = new Set<number>()
// Nothing outlives its test file, however the test ended.
afterAll(() => {
  for (const pid of running) process.kill(-pid, 'SIGKILL')
})

/** Starts `streambed …` in a process group of its own. */
export function start(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Running {
  return startCommand(process.execPath, [main, ...args], options)
}

export function startCommand(
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Running {
  const child: ChildProcess = spawn(command, args, {
    cwd,
    env: { ...plainEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const pid = child.pid!
  running.add(pid)
  const said = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  child.stdout!.setEncoding('utf8').on('data', (piece) => (said.stdout += piece))
  child.stderr!.setEncoding('utf8').on('data', (piece) => {
    said.stderr += piece
    for (const listener of listeners) listener()
  })
  let isOver = false
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      isOver = true
      running.delete(pid)
      for (const listener of listeners) listener()
      resolve({ code, ...said })
    })
  })
  const signalAll = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal)
    } catch {
      // it has ended already
    }
  }
  return {
    pid,
    get stderr() {
      return said.stderr
    },
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.test(said.stderr)
          if (!found && !isOver) return
          listeners.delete(look)
          if (found) resolve()
          else reject(new Error(`ended without saying ${pattern}:\n${said.stderr}`))
        }
        listeners.add(look)
        look()
      }),
    signalAll,
  }
}

/** Runs `streambed …` to its end. */
export function streambed(args: readonly string[], options?: Parameters<typeof start>[1]): Promise<Ended> {
  return start(args, options).ended
}

/** The environment without what would change where things are looked for or how they are drawn. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { STREAMBED_DATA, STREAMBED_CACHE, VITEST, NODE_OPTIONS, FORCE_COLOR, ...rest } = process.env
  return rest
}

/** A folder of its own for suites, methods and results, in which 'streambed' is found as if it were installed. */
export function workplace(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'streambed-cli-')))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(packageFolder, join(folder, 'node_modules/streambed'))
  return folder
}

export function removed(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** Writes a file of a workplace, for example a suite or a method. */
export function written(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** The folders of records in `runs`; locks lie beside them. */
export function runFolders(runs: string): string[] {
  return readdirSync(runs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(runs, entry.name))
}

/** Every record of a suite's results, by its method's label and seed: `nmc 0`. */
export function recordsOf(results: string): Record<string, RunRecord> {
  const runs = join(results, 'runs')
  return Object.fromEntries(
    runFolders(runs).map((folder) => {
      const record = readRecord(folder)
      return [`${record.manifest.method.name} ${record.manifest.seeds.root}`, record]
    }),
  )
}
