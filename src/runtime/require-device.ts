import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either, nearest, StreambedError } from '../error.ts'
import { builtFile } from '../files/index.ts'
import { type Device, devices, providerOf, titleOf } from './device.ts'
import { onnxruntime, runtimeVersion } from './ort.ts'
import type { Trial } from './try-device.ts'

/** A driver that says nothing for so long hangs. */
const patienceSeconds = 120

/** What a device needs besides the runtime's own package. */
const needs: Readonly<Record<Exclude<Device, 'cpu'>, string>> = {
  webgpu:
    'WebGPU needs a graphics driver: Vulkan on Linux (`vulkaninfo --summary` must list the card), Direct3D 12 on Windows, Metal on macOS.',
  cuda: 'CUDA needs Linux on x64, an NVIDIA driver, the libraries of CUDA 12 and of cuDNN 9 where the loader finds them (LD_LIBRARY_PATH), and the provider’s own files, which npm does not bring.',
  directml: 'DirectML is in the Windows packages only, and needs a card with Direct3D 12.',
  coreml: 'CoreML is in the macOS packages only (Apple silicon).',
}

/**
 * Tries a device before anything depends on it: a child process computes a network of two nodes on it, of which the
 * CPU may do none. About a third of a second; the CPU costs nothing.
 *
 * @param where the flag or the line that asked for it
 * @throws unknown-device; device-not-in-package, naming what this package has on this platform; device-files-missing;
 *   device-unavailable with the runtime's own words, also as `cause`; device-miscomputes
 */
export async function requireDevice(device: Device, where: string): Promise<void> {
  if (!devices.includes(device)) throw unknown(device, where)
  if (device === 'cpu') return
  const { listSupportedBackends } = await onnxruntime()
  const present = listSupportedBackends().map(({ name }) => name)
  const here = `onnxruntime-node ${runtimeVersion()} for ${process.platform}-${process.arch}`
  const has = devices.filter((one) => present.includes(providerOf[one]))
  if (!has.includes(device)) {
    throw new StreambedError('device-not-in-package', {
      what: `${here} has no ${titleOf[device]} provider; it has ${has.map((one) => titleOf[one]).join(', ')}.`,
      where,
      mend: `${needs[device]} Take ${either(has)} here.`,
    })
  }
  if (device === 'cuda') requireCudaFiles(here, where)
  const { trial, said } = await tryDevice(device)
  if ('failed' in trial) {
    throw new StreambedError('device-unavailable', {
      what: `The ${titleOf[device]} provider of ${here} does not start: ${sentence(trial.failed)}${said ? ` It said: ${sentence(said)}` : ''}`,
      where,
      mend: `${needs[device]} Or take --device cpu.`,
      cause: new Error([trial.failed, said].filter(Boolean).join('\n')),
    })
  }
  if (!(trial.worst < 1e-2)) {
    throw new StreambedError('device-miscomputes', {
      what: `${titleOf[device]} makes a product of two 4 × 4 matrices of whole numbers ${trial.worst} wrong.`,
      where,
      mend: 'Bring its driver up to date, or take --device cpu: no number from this device can be trusted.',
    })
  }
}

function unknown(device: string, where: string): StreambedError {
  const close = nearest(device, devices)
  return new StreambedError('unknown-device', {
    what: `There is no device called “${device}”.${close ? ` Did you mean ${close}?` : ''}`,
    where,
    mend: `Take ${either(devices)}.`,
  })
}

/** The provider's files are no part of the npm package: its install script downloads them, unless scripts are off. */
function requireCudaFiles(here: string, where: string): void {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const file = join(
    root,
    'bin',
    'napi-v6',
    process.platform,
    process.arch,
    'libonnxruntime_providers_cuda.so',
  )
  if (existsSync(file)) return
  throw new StreambedError('device-files-missing', {
    what: `${here} can use CUDA, but the files of that provider were never downloaded: install scripts were off, or ONNXRUNTIME_NODE_INSTALL was skip.`,
    where: `${where}\n${file}`,
    mend: `Fetch them from NuGet: ONNXRUNTIME_NODE_INSTALL=cuda12 node ${join(root, 'script', 'install.js')}. It needs an NVIDIA driver, CUDA 12 and cuDNN 9 too.`,
  })
}

/** Runs the trial; what it and the driver said on the way comes as one text. */
function tryDevice(device: Device): Promise<{ trial: Trial; said: string }> {
  const child = fork(fileURLToPath(builtFile(import.meta.url, './try-device.ts')), [device], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--no-warnings'],
    timeout: patienceSeconds * 1000,
    killSignal: 'SIGKILL',
  })
  let log = ''
  let trial: Trial | undefined
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    log += piece
  })
  child.on('message', (message) => {
    trial = message as Trial
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const died =
        signal === 'SIGKILL'
          ? `it did not answer within ${patienceSeconds} seconds`
          : `the process that tried it ended with ${signal ?? `exit code ${code}`}`
      resolve({ trial: trial ?? { failed: died }, said: plain(log) })
    })
  })
}

/** Log lines without colours, times, and the places of the runtime's source. */
function plain(log: string): string {
  return log
    .replace(/\u001b\[[\d;]*m/g, '')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\d{4}-\d\d-\d\d [\d:.]+ \[.*?\] /, '')
        .replace(/^(Warning|error|Error): /, '')
        .trim(),
    )
    .filter((line) => line !== '' && !/^at |XDG_RUNTIME_DIR/.test(line))
    .join(' ')
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
