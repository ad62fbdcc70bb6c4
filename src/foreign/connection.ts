import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { StreambedError } from '../error.ts'
import { builtFile } from '../files/index.ts'
import { encodeFrame, withArrays } from './frames.ts'
import { commandOf } from './program.ts'
import { Usage } from './usage.ts'
import type { Errand, FromWorker, ToWorker } from './worker.ts'

/** What an answer says besides its result. */
export interface Answer {
  readonly result: unknown
  /** Operations done since the last answer, where the method declares them. */
  readonly operations: number | undefined
  /** Parameters that are trained at once from now on. */
  readonly trains: number | undefined
}

/** One process of a method. One question at a time; it is answered before the next. */
export interface Connection {
  ask(about: string, params?: object): Promise<Answer>
  /** The same, with everything else standing still until it is there. */
  askNow(about: string, params?: object): Answer
  /** Seconds that it may take for an answer. */
  patience: number
  close(): void
}

/** Processes that must not outlive us. */
const living = new Set<number>()
process.on('exit', () => {
  for (const pid of living) {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {} // it has ended by itself
  }
})

/**
 * Starts a method's process.
 *
 * Every question throws what went wrong there: method-process-unstartable, -crashed, -hung, -printed; -raised with the
 * traceback; -answer for one that is not as was agreed.
 */
export function openConnection(
  program: string,
  { threads, patience }: { threads: number; patience: number },
): Connection {
  const { port1: port, port2 } = new MessageChannel()
  const bell = new SharedArrayBuffer(4)
  const rings = new Int32Array(bell)
  const usage = new Usage()
  const errand: Errand = { program, command: commandOf(program, threads), port: port2, bell }
  const worker = new Worker(builtFile(import.meta.url, './worker.ts'), {
    workerData: errand,
    transferList: [port2],
  })
  worker.unref()
  worker.on('exit', () => void (pid !== undefined && living.delete(pid)))
  let id = 0
  let pid: number | undefined
  let failure: StreambedError | undefined
  let waiting: { resolve(answer: Answer): void; reject(error: unknown): void } | undefined
  let now: (() => Answer) | undefined

  const wrong = (what: string) =>
    new StreambedError('method-process-answer', {
      what,
      where: program,
      mend: 'python/README.md of Streambed says what each answer holds; the Python client keeps to it by itself.',
      exit: 1,
    })
  const receive = (message: FromWorker) => {
    if (message.kind === 'started') {
      pid = message.pid
      living.add(pid)
      return
    }
    if (message.kind === 'failed') {
      failure = StreambedError.from(message.error)
      now = () => {
        throw failure
      }
    } else now = () => answerOf(message)
    if (waiting === undefined) return
    const { resolve, reject } = waiting
    waiting = undefined
    port.unref()
    try {
      resolve(now())
    } catch (error) {
      reject(error)
    }
  }
  const answerOf = ({ header, body }: FromWorker & { kind: 'answer' }): Answer => {
    if (header.id !== id)
      throw wrong(`The method’s process answered question ${header.id}, and was asked ${id}.`)
    let read: Record<string, unknown>
    try {
      read = withArrays(header, body)
    } catch (cause) {
      throw wrong(`An answer of the method’s process can’t be read: ${(cause as Error).message}.`)
    }
    const { result, error, operations, trains, usage: spent } = read
    if (!usage.tell(spent)) {
      throw wrong(
        'An answer of the method’s process does not say what it has spent: usage: { cpuSeconds, peakRssBytes }.',
      )
    }
    if (error !== undefined) {
      const { message, data } = error as { message?: string; data?: string }
      throw new StreambedError('method-process-raised', {
        what: `The method raised an error: ${message}${data ? `\n${data}` : ''}`,
        where: program,
        mend: 'It is an error in the method’s own code; the traceback names its line.',
        exit: 1,
      })
    }
    for (const [name, value] of Object.entries({ operations, trains })) {
      if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 0)) {
        throw wrong(`${name} must be a whole number from 0, and is ${value}.`)
      }
    }
    return { result, operations: operations as number, trains: trains as number }
  }
  const send = (about: string, params: object) => {
    if (failure) throw failure
    if (waiting) throw new Error(`asked for ${about} before the last answer has come`)
    now = undefined
    const frame = encodeFrame({ jsonrpc: '2.0', id: ++id, method: about, params })
    const message: ToWorker = { frame, about, seconds: self.patience }
    port.postMessage(message, [frame.buffer])
  }
  port.on('message', receive)
  port.unref()
  worker.on('error', (cause) => {
    receive({
      kind: 'failed',
      error: wrong(`The thread that holds its pipes broke: ${cause.message}.`).toJSON(),
    })
  })

  const self: Connection = {
    patience,
    ask: (about, params = {}) =>
      new Promise((resolve, reject) => {
        send(about, params)
        waiting = { resolve, reject }
        port.ref()
      }),
    askNow(about, params = {}) {
      send(about, params)
      while (now === undefined) {
        const heard = Atomics.load(rings, 0)
        const received = receiveMessageOnPort(port)
        if (received) receive(received.message as FromWorker)
        else Atomics.wait(rings, 0, heard, 100)
      }
      return now()
    },
    close() {
      failure ??= wrong('The method’s process was closed.')
      if (pid !== undefined) living.delete(pid)
      port.postMessage('close' satisfies ToWorker)
    },
  }
  return self
}
