import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { StreambedError } from '../error.ts'
import { type ElementType, Tensor, type TypedArray } from '../tensor/index.ts'
import { type Device, providerOf, titleOf } from './device.ts'
import { onnxruntime } from './ort.ts'
import { type Placement, type PlacementWatch, watchPlacement } from './placement.ts'

/** A network ready to run. `run` blocks its thread while it computes: long work belongs in a child or a Worker. */
export interface Session {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** What ran where, after the first run; `undefined` before it, and on the CPU. */
  readonly placement: Placement | undefined
  /**
   * Runs the network once on all its inputs.
   *
   * @param into tensors that receive outputs in memory of yours; outputs not named are made anew.
   * @throws runtime-run-failed, naming the session, for inputs that are missing or of the wrong type or shape;
   *   device-without-work after the first run, when the CPU did all of it.
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
  /** Where it is computed; 'cpu' unless said. `requireDevice` tells beforehand whether it can be had. */
  device?: Device
  /** Nodes by name that the CPU computes even so; WebGPU alone can be told. */
  onCpu?: readonly string[]
  /** How far the runtime may rewrite the graph; 'all' unless said. */
  optimisation?: 'disabled' | 'basic' | 'extended' | 'all'
  /** Writes a profile of every run to a file that begins with this; `placement` then stays untold. */
  profilePrefix?: string
}

/**
 * Loads a model, given as bytes or as a path, for one computing thread pool of its own.
 *
 * @throws runtime-refused-model with the runtime's reason.
 */
export async function openSession(model: Uint8Array | string, options: SessionOptions): Promise<Session> {
  const { InferenceSession } = await onnxruntime()
  const isWatched = (options.device ?? 'cpu') !== 'cpu' && options.profilePrefix === undefined
  const watch = isWatched ? watchPlacement() : undefined
  const settings = sessionSettings({ ...options, ...(watch && { profilePrefix: watch.profilePrefix }) })
  let session: InferenceSession
  try {
    session =
      typeof model === 'string'
        ? await InferenceSession.create(model, settings)
        : await InferenceSession.create(model, settings)
  } catch (cause) {
    watch?.drop()
    throw new StreambedError('runtime-refused-model', {
      what: `onnxruntime does not load ${options.label}: ${reason(cause)}`,
      where: options.label,
      mend: 'Check that the file is whole and exported for opset 11 … 26; `streambed check` names what is unusual in it.',
      cause,
    })
  }
  return wrap(session, options, watch)
}

/** The options of every session: nothing is left to the runtime's guess of the machine. */
export function sessionSettings(options: SessionOptions): InferenceSession.SessionOptions {
  const { threads, device = 'cpu', onCpu = [], optimisation, profilePrefix } = options
  if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`threads: ${threads} is not 1 or more`)
  return {
    executionProviders: [provider(device, onCpu)], // and, where it has no kernel, the CPU: see `placement`
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

/**
 * WebGPU lays pictures out as the graph does: with its own choice, channels last, onnxruntime 1.30 convolves 6 channels
 * into 12 wrongly and says nothing (test/real/devices.test.ts shows it).
 */
function provider(device: Device, onCpu: readonly string[]) {
  const name = providerOf[device]
  if (device !== 'webgpu') return name
  return {
    name,
    preferredLayout: 'NCHW' as const,
    ...(onCpu.length > 0 && { forceCpuNodeNames: [...onCpu] }),
  }
}

async function wrap(
  session: InferenceSession,
  { label, device = 'cpu' }: SessionOptions,
  watch: PlacementWatch | undefined,
): Promise<Session> {
  const { Tensor: Native } = await onnxruntime()
  const native = ({ type, data, dims }: Tensor) => new Native(type, data as never, dims) as OrtTensor
  let released = false
  let placement: Placement | undefined
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    get placement() {
      return placement
    },
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
        if (watch !== undefined && placement === undefined) {
          session.endProfiling()
          placement = watch.read()
          if (placement.onDevice === 0 && Object.keys(placement.onCpu).length > 0)
            throw withoutWork(label, device, placement)
        }
        return Object.fromEntries(
          session.outputNames.map((name) => [name, into[name] ?? ours(outputs[name] as OrtTensor)]),
        )
      } catch (cause) {
        if (cause instanceof StreambedError) throw cause
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
      watch?.drop()
    },
  }
}

/** A device that computes nothing of a network, and does not say so, would be a CPU under another name in every table. */
function withoutWork(label: string, device: Device, { onCpu }: Placement): StreambedError {
  return new StreambedError('device-without-work', {
    what: `${titleOf[device]} computed nothing of ${label}: ${Object.keys(onCpu).join(', ')} ran on the CPU.`,
    where: label,
    mend: 'Leave --device out (the CPU does it anyway), or export the network in float32, which every provider computes.',
    exit: 1,
  })
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
export function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text
    .replace(/\/onnxruntime_src\/\S+\s+(?:[\w:<>,&*\s]+\([^)]*\)\s*(?:const)?\s*(?:\[[^\]]*\])?)?/g, '')
    .replace(/^::<lambda\(\)> .*? was false\. /, '') // of a failed check in a function without a name
    .trim()
}
