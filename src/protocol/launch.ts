import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ErrorText } from '../error.ts'
import { builtFile } from '../files/index.ts'
import type { Progress } from './progress.ts'
import type { Job } from './run-plan.ts'

export type Outcome =
  | { outcome: 'finished' }
  | { outcome: 'interrupted' }
  | { outcome: 'failed'; error: ErrorText }

/** A child that was asked to stop gets this long to save before it is killed; its checkpoints stand anyway. */
const graceSeconds = 15

/** Does one job in a forked process and says how it ended. What the child prints comes as remarks. */
export function launch(
  job: Job,
  options: { onProgress(progress: Progress): void; signal: AbortSignal },
): Promise<Outcome> {
  const cell = job.kind === 'run' ? job.plan.id : job.id
  const label = job.kind === 'run' ? job.plan.label : job.label
  const child = fork(fileURLToPath(builtFile(import.meta.url, './child.ts')), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--no-warnings'],
  })
  let said: Outcome | undefined
  let killer: NodeJS.Timeout | undefined
  const stop = () => {
    if (child.connected) child.send({ kind: 'stop' })
    killer = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000)
  }
  options.signal.addEventListener('abort', stop, { once: true })
  forwardLines(child, (text) => options.onProgress({ kind: 'remark', cell, text }))
  child.on('message', (message) => {
    const progress = message as Progress
    if (progress.kind === 'finished') said = { outcome: 'finished' }
    else if (progress.kind === 'interrupted') said = { outcome: 'interrupted' }
    else if (progress.kind === 'failed') said = { outcome: 'failed', error: progress.error }
    options.onProgress(progress)
  })
  return new Promise((resolve) => {
    const done = (outcome: Outcome) => {
      clearTimeout(killer)
      options.signal.removeEventListener('abort', stop)
      resolve(outcome)
    }
    child.on('error', (error) => done(died(label, error.message, options.signal.aborted)))
    child.on('close', (code, signal) =>
      done(said ?? died(label, signal ? `killed by ${signal}` : `exit code ${code}`, options.signal.aborted)),
    )
    child.send(job)
    if (options.signal.aborted) stop()
  })
}

function died(label: string, how: string, wasStopped: boolean): Outcome {
  if (wasStopped) return { outcome: 'interrupted' }
  return {
    outcome: 'failed',
    error: {
      code: 'run-died',
      what: `The process of ${label} ended without a word (${how}).`,
      mend: 'If the machine ran out of memory, free some or lower the batch. `run` again goes on from the last checkpoint.',
      exit: 1,
    },
  }
}

function forwardLines(child: ChildProcess, line: (text: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (rest + piece).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) if (text.trim()) line(text)
    })
  }
}
