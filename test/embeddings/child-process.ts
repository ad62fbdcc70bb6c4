import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EmbeddingCost } from '../../src/embeddings/index.ts'
import type { ChildJob, ChildWord } from './extract-child.ts'

export interface Child {
  process: ChildProcess
  /** Everything it said so far. */
  words: ChildWord[]
  stderr: () => string
  /** Resolves when it has ended by itself or was killed. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Resolves when it said something that fits, or has ended. */
  said(fits: (word: ChildWord) => boolean): Promise<void>
}

const script = fileURLToPath(new URL('./extract-child.ts', import.meta.url))

/** Opens embeddings in a process of its own. `wrapper`: a command line to run it under, for example a limit. */
export function startChild(job: ChildJob, wrapper?: { path: string; args: string[] }): Child {
  const child = fork(script, [], {
    execArgv: wrapper ? [...wrapper.args, process.execPath, '--import', 'tsx'] : ['--import', 'tsx'],
    ...(wrapper && { execPath: wrapper.path }),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const words: ChildWord[] = []
  let stderr = ''
  child.stderr!.on('data', (text) => {
    stderr += text
  })
  child.on('message', (word: ChildWord) => words.push(word))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  child.send(job)
  return {
    process: child,
    words,
    stderr: () => stderr,
    ended,
    said: (fits) =>
      new Promise((resolve) => {
        const look = () => words.some(fits) && resolve()
        look()
        child.on('message', look)
        void ended.then(() => resolve())
      }),
  }
}

/** What it cost, or an error with all that the child said. */
export async function costOf(child: Child): Promise<EmbeddingCost & { peakRss: number; rss: number[] }> {
  await child.ended
  const done = child.words.find((word) => word.kind === 'done')
  if (!done) throw new Error(JSON.stringify(child.words.at(-1)) + child.stderr())
  return { ...(done.spent as EmbeddingCost), peakRss: done.peakRss, rss: done.rss }
}
