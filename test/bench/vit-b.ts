import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from 'simple-statistics'
import { gemmPeak } from '../../src/runtime/index.ts'
import { randomVit, vitB } from '../fixtures/random-vit.ts'
import { cases, operationsOf } from './training-cases.ts'

/**
 * What a full step of a ViT-B/16 with random weights takes, batch 16 in runs of 4: seconds, the peak of resident memory
 * of a process that does nothing else (wanted: at most 8 GiB), and the share of the machine's GEMM peak that the
 * network's own operations make use of. Needs neither PyTorch nor data; the network is written to a temporary file.
 */
export async function vitBStep(threads: number, steps: number): Promise<string> {
  const case_ = cases.find(({ name }) => name === 'vit-b-full')!
  const folder = mkdtempSync(join(tmpdir(), 'streambed-vit-b-'))
  try {
    const file = join(folder, 'vit-b.onnx')
    writeFileSync(file, randomVit(vitB))
    const work = await operationsOf(file, case_)
    const before = await gemmPeak(threads)
    const script = fileURLToPath(new URL('./training-memory.ts', import.meta.url))
    const told = JSON.parse(
      execFileSync(
        process.execPath,
        [...process.execArgv, script, case_.name, file, String(threads), String(steps + 1)],
        { encoding: 'utf8' },
      ),
    ) as { bytes: number; trained: number; seconds: number[] }
    const peak = Math.max(before, await gemmPeak(threads)) * 1e9
    const [first, ...later] = told.seconds
    const step = median(later)
    const gibi = told.bytes / 2 ** 30
    return [
      case_.title,
      `  a step                 ${step.toFixed(2)} s in runs of ${case_.micro}, the median of ${steps} after a first one of ${first.toFixed(2)} s`,
      `  memory at its peak     ${gibi.toFixed(2)} GiB (wanted ≤ 8)`,
      `  operations             ${(work / 1e9).toFixed(0)} GFLOP, ${((100 * work) / step / peak).toFixed(0)} % of the GEMM peak of ${(peak / 1e9).toFixed(0)} GFLOP/s; ${told.trained} numbers trained`,
      `  ${cpus()[0]?.model}, ${threads} threads; load ${loadavg()[0].toFixed(1)}`,
    ].join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
