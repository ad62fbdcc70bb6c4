import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { StreambedError } from '../error.ts'
import { type ElementType, Tensor, type TypedArray } from '../tensor/index.ts'
import { onnxruntime } from './ort.ts'

/** A network ready to run. `run` blocks its thread while it computes: long work belongs in a child or a Worker. */
export interface Session {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /**
   * Runs the network once on all its inputs.
   *
   * @param into tensors that receive outputs in memory of yours; outputs not named are made anew.
   * @throws runtime-run-failed, naming the session, for inputs that are missing or of the wrong type or shape.
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>>
  /** Gives its memory back; harmless when called again. */
  release(): Promise<void>
}

export interface SessionOptions {
  /** How many threads share one operator, 1 or more. Always explicit: the runtime's own guess pins threads to cores. */
  threads: number
  /** What to call it in errors. */
  label: string
  /** How far the runtime may rewrite the graph; 'all' unless said. */
  optimisation?: 'disabled' | 'basic' | 'extended' | 'all'
  /** Writes a profile of every run to a file that begins with this. */
  profilePrefix?: string
}

/**
 * Loads a model, given as bytes or as a path, for one computing thread pool of its own.
 *
 * @throws runtime-refused-model with the runtime's reason.
 */
export async function openSession(model: Uint8Array | string, options: SessionOptions): Promise<Session> {
  const { InferenceSession } = await onnxruntime()
  const settings = sessionSettings(options)
  let session: InferenceSession
  try {
    session =
      typeof model === 'string'
        ? await InferenceSession.create(model, settings)
        : await InferenceSession.create(model, settings)
  } catch (cause) {
    throw new StreambedError('runtime-refused-model', {
      what: `onnxruntime does not load ${options.label}: ${reason(cause)}`,
      where: options.label,
      mend: 'Check that the file is whole and exported for opset 11 … 26; `streambed check` names what is unusual in it.',
      cause,
    })
  }
  return wrap(session, options.label)
}

/** The options of every session: nothing is left to the runtime's guess of the machine. */
export function sessionSettings(options: SessionOptions): InferenceSession.SessionOptions {
  const { threads, optimisation, profilePrefix } = options
  if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`threads: ${threads} is not 1 or more`)
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableMemPattern: false, // it doubles the memory: the second run's plan is allocated beside the first's blocks
    graphOptimizationLevel: optimisation ?? 'all',
    logSeverityLevel: 4, // what goes wrong is thrown, and need not be printed as well
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
  }
}

async function wrap(session: InferenceSession, label: string): Promise<Session> {
  const { Tensor: Native } = await onnxruntime()
  const native = ({ type, data, dims }: Tensor) => new Native(type, data as never, dims) as OrtTensor
  let released = false
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, into = {}) {
      try {
        if (released) throw new Error('the session was released')
        const given = Object.fromEntries(
          Object.entries(feeds).map(([name, tensor]) => [name, native(tensor)]),
        )
        const fetches = Object.fromEntries(
          session.outputNames.map((name) => [name, into[name] === undefined ? null : native(into[name])]),
        )
        const outputs = await session.run(given, fetches)
        return Object.fromEntries(
          session.outputNames.map((name) => [name, into[name] ?? ours(outputs[name] as OrtTensor)]),
        )
      } catch (cause) {
        throw new StreambedError('runtime-run-failed', {
          what: `${label} could not be run: ${reason(cause)}`,
          where: label,
          mend: `Feed ${session.inputNames.join(', ')} with tensors of the types and shapes the network declares.`,
          cause,
          exit: 1,
        })
      }
    },
    async release() {
      if (released) return
      released = true
      session.endProfiling() // writes the profile's last lines, if there is one
      await session.release()
    },
  }
}

function ours({ type, data, dims }: OrtTensor): Tensor {
  let values = data as unknown as TypedArray
  if (type === 'float16' && !(values instanceof Uint16Array)) {
    const { buffer, byteOffset, length } = values as {
      buffer: ArrayBuffer
      byteOffset: number
      length: number
    }
    values = new Uint16Array(buffer, byteOffset, length) // Node 24 has a Float16Array; we keep the bits
  }
  return new Tensor(type as ElementType, values as never, dims)
}

/** The runtime's message without the file and line of its own source. */
function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text
    .replace(/\/onnxruntime_src\/\S+\s+(?:[\w:<>,&*\s]+\([^)]*\)\s*(?:const)?\s*(?:\[[^\]]*\])?)?/g, '')
    .trim()
}
