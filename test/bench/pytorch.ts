import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface PyTorch {
  version: string
  /** Seconds for so many pictures in batches of so many. */
  seconds(images: number, batch: number): Promise<number>
  close(): void
}

/** The ViT in PyTorch, in a process of its own that only works when asked; `undefined` where there is no PyTorch. */
export async function openPyTorch(python: string, threads: number): Promise<PyTorch | undefined> {
  const script = fileURLToPath(new URL('./vit-tiny.py', import.meta.url))
  const child: ChildProcess = spawn(python, [script, String(threads)], {
    env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const first = await Promise.race([
    lines.next(),
    once(child, 'error').then(() => ({ done: true as const, value: '' })),
  ])
  if (first.done) return undefined
  return {
    version: first.value,
    async seconds(images, batch) {
      child.stdin!.write(`go ${images} ${batch}\n`)
      return Number((await lines.next()).value)
    },
    close: () => child.stdin!.end(),
  }
}
