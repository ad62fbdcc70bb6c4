import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface PyTorch {
  version: string
  /** Seconds for so many pictures in batches of so many. */
  seconds(images: number, batch: number): Promise<number>
  close(): void
}

/**
 * PyTorch deserves its best. Found on Debian's, a ViT-Tiny's forward pass for 32 pictures on two threads:
 *
 * - AVX-512 kernels, which older OpenBLAS builds do not choose on processors newer than themselves: four times faster;
 * - jemalloc told to keep what it has and to ask for huge pages: without, each large activation is faulted in again,
 *   and a product of 6,304 × 192 × 768 runs at half its rate;
 * - no spinning of OpenMP's threads where OpenBLAS has threads of its own, which they starve on few cores: 0.61 s
 *   after 1.05 s. With Debian's libopenblas0-openmp there is one pool, and 0.48 s: `LD_LIBRARY_PATH=/usr/lib/…/openblas-openmp`
 *   chooses it.
 */
export function atItsBest(): Record<string, string> {
  const hasAvx512 = existsSync('/proc/cpuinfo') && readFileSync('/proc/cpuinfo', 'utf8').includes('avx512vl')
  const jemalloc = ['x86_64', 'aarch64']
    .map((machine) => `/usr/lib/${machine}-linux-gnu/libjemalloc.so.2`)
    .find((path) => existsSync(path))
  const onePool = process.env.LD_LIBRARY_PATH?.includes('openblas-openmp')
  return {
    ...(hasAvx512 && !process.env.OPENBLAS_CORETYPE && { OPENBLAS_CORETYPE: 'SkylakeX' }),
    ...(jemalloc && {
      LD_PRELOAD: jemalloc,
      MALLOC_CONF: 'oversize_threshold:1,thp:always,metadata_thp:auto,dirty_decay_ms:-1,muzzy_decay_ms:-1',
    }),
    ...(onePool ? { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH! } : { GOMP_SPINCOUNT: '0' }),
  }
}

/** A script in a process of its own that only works when asked; `undefined` where there is no PyTorch. */
export interface Script {
  /** The first line that it printed. */
  greeting: string
  /** Writes a line and reads the answer. */
  ask(line: string): Promise<string>
  close(): void
}

/** `script` stands beside this file; its first argument is the number of threads; `env` is laid over `atItsBest`. */
export async function openScript(
  python: string,
  script: string,
  threads: number,
  more: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Script | undefined> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child: ChildProcess = spawn(python, [path, String(threads), ...more], {
    env: {
      ...process.env,
      OMP_NUM_THREADS: String(threads),
      MKL_NUM_THREADS: String(threads),
      PYTHONDONTWRITEBYTECODE: '1',
      ...atItsBest(),
      ...env,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const first = await Promise.race([
    lines.next(),
    once(child, 'error').then(() => ({ done: true as const, value: '' })),
  ])
  if (first.done) return undefined
  return {
    greeting: first.value,
    async ask(line) {
      child.stdin!.write(`${line}\n`)
      const answer = await lines.next()
      if (answer.done) throw new Error(`${script} ended when asked to "${line}"`)
      return answer.value
    },
    close: () => child.stdin!.end(),
  }
}

/** The ViT in PyTorch; `undefined` where there is no PyTorch. */
export async function openPyTorch(python: string, threads: number): Promise<PyTorch | undefined> {
  const script = await openScript(python, './vit_tiny.py', threads)
  return (
    script && {
      version: script.greeting,
      seconds: async (images, batch) => Number(await script.ask(`go ${images} ${batch}`)),
      close: script.close,
    }
  )
}
