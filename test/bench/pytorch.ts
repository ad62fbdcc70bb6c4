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
 * PyTorch deserves its best: the AVX-512 kernels that older OpenBLAS builds do not choose on processors newer than
 * themselves (four times faster here), and jemalloc, where they are.
 */
export function atItsBest(): Record<string, string> {
  const hasAvx512 = existsSync('/proc/cpuinfo') && readFileSync('/proc/cpuinfo', 'utf8').includes('avx512vl')
  const jemalloc = ['x86_64', 'aarch64']
    .map((machine) => `/usr/lib/${machine}-linux-gnu/libjemalloc.so.2`)
    .find((path) => existsSync(path))
  return {
    ...(hasAvx512 && !process.env.OPENBLAS_CORETYPE && { OPENBLAS_CORETYPE: 'SkylakeX' }),
    ...(jemalloc && { LD_PRELOAD: jemalloc }),
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

/** `script` stands beside this file; its first argument is the number of threads. */
export async function openScript(
  python: string,
  script: string,
  threads: number,
  more: readonly string[] = [],
): Promise<Script | undefined> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child: ChildProcess = spawn(python, [path, String(threads), ...more], {
    env: {
      ...process.env,
      OMP_NUM_THREADS: String(threads),
      MKL_NUM_THREADS: String(threads),
      PYTHONDONTWRITEBYTECODE: '1',
      ...atItsBest(),
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
