import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { type MessagePort, workerData } from 'node:worker_threads'
import type { ErrorText } from '../error.ts'
import { firstFrame, type Header } from './frames.ts'
import type { Command } from './program.ts'

/**
 * A thread that holds the pipes of one method's process, so that the main thread can wait for an answer also where a
 * method's contract allows no promise (`save`, `stages`). It watches for a process that crashes, hangs or prints.
 */
export interface Errand {
  program: string
  command: Command
  port: MessagePort
  /** One number: how many messages have been sent to the main thread. */
  bell: SharedArrayBuffer
}

export type ToWorker = { frame: Uint8Array; about: string; seconds: number } | 'close'
export type FromWorker =
  | { kind: 'started'; pid: number }
  | { kind: 'answer'; header: Header; body: Uint8Array }
  | { kind: 'failed'; error: ErrorText }

const { program, command, port, bell } = workerData as Errand
const rings = new Int32Array(bell)
const child = spawn(command.file, command.args, {
  env: command.env,
  stdio: ['pipe', 'pipe', 'pipe'],
  detached: true, // a terminal's Ctrl-C is for us: the method must live to save its state
})
let asked: { about: string; timer: NodeJS.Timeout } | undefined
let pieces: Buffer[] = []
let needed = 4
let lastWords = ''
let isOver = false

port.on('message', (message: ToWorker) => {
  if (message === 'close') {
    isOver = true
    child.stdin.end()
    setTimeout(kill, 2000).unref()
    if (child.exitCode !== null || child.signalCode !== null) process.exit(0)
    return
  }
  const { frame, about, seconds } = message
  asked = { about, timer: setTimeout(() => hung(about, seconds), seconds * 1000) }
  child.stdin.write(frame)
})
child.on('spawn', () => tell({ kind: 'started', pid: child.pid! }))
child.on('error', (cause) =>
  fail(
    'method-process-unstartable',
    `The method’s process could not be started: ${cause.message}.`,
    program.endsWith('.py')
      ? 'Install python3 with NumPy, or set STREAMBED_PYTHON to the Python that has what the method imports.'
      : 'Make the file executable, with a first line such as #!/usr/bin/env ruby.',
  ),
)
child.stdin.on('error', () => undefined) // its end is told by 'close'
child.stderr.on('data', (bytes: Buffer) => {
  lastWords = (lastWords + bytes.toString()).slice(-1500)
  writeSync(2, bytes)
})
child.stdout.on('data', (bytes: Buffer) => {
  pieces.push(bytes)
  if (pieces.reduce((sum, { length }) => sum + length, 0) >= needed) read()
})
child.on('close', (code, signal) => {
  if (isOver) process.exit(0)
  const how = signal ? `was killed by ${signal}` : `ended with exit code ${code}`
  fail(
    'method-process-crashed',
    `The method’s process ${how}${asked ? ` while it was asked for ${asked.about}` : ''}.${quoted()}`,
    'Look at what it wrote to stderr. If it was killed, the machine may have run out of memory. `run` again goes on from the last checkpoint.',
  )
})

function read(): void {
  const bytes = Buffer.concat(pieces)
  pieces = [bytes]
  try {
    const frame = firstFrame(bytes)
    if (frame === undefined) {
      needed = bytes.length + 1
      return
    }
    if (asked === undefined || bytes.length > frame.end) throw new SyntaxError('nobody has asked')
    clearTimeout(asked.timer)
    asked = undefined
    pieces = []
    needed = 4
    tell({ kind: 'answer', header: frame.header, body: Uint8Array.from(frame.body) })
  } catch {
    const text = JSON.stringify(bytes.subarray(0, 200).toString())
    fail(
      'method-process-printed',
      `The method’s process wrote something to stdout that is no answer${asked ? ` to ${asked.about}` : ''}: ${text}.`,
      'stdout belongs to the protocol; print to stderr. The Python client sees to it by itself.',
    )
  }
}

function hung(about: string, seconds: number): void {
  fail(
    'method-process-hung',
    `The method’s process gave no answer to ${about} within ${seconds} s, and was ended.${quoted()}`,
    'If it needs longer, let the method say so: answers_within = 3600 (seconds).',
  )
}

function quoted(): string {
  return lastWords.trim() === '' ? '' : ` Its last words: ${lastWords.trim()}`
}

function fail(code: string, what: string, mend: string): void {
  if (isOver) return
  isOver = true
  clearTimeout(asked?.timer)
  kill()
  tell({ kind: 'failed', error: { code, what, where: program, mend, exit: 1 } })
}

/** It and whatever it has started. */
function kill(): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

function tell(message: FromWorker): void {
  port.postMessage(message)
  Atomics.add(rings, 0, 1)
  Atomics.notify(rings, 0)
}
