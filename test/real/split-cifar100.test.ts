import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../src/files/index.ts'
import { openStore } from '../../src/store/index.ts'

/**
 * The whole of Split CIFAR-100 through the command that a user types: MobileNetV2 (a few minutes), and with
 * STREAMBED_FULL set ViT-Tiny too (a quarter of an hour or more). Figures computed outside this project.
 */
const data = process.env.STREAMBED_DATA ?? ''
const isThere = existsSync(join(data, 'cifar-100-binary')) && existsSync(join(data, 'models'))
if (!isThere) console.warn('skipped: STREAMBED_DATA has no cifar-100-binary/ and models/')

const figures: Record<string, Record<string, readonly [number, number, number]>> = {
  mobilenetv2: { nmc: [0.554, 0.65394, 0.131], simplecil: [0.5537, 0.65367, 0.13144] },
  'vit-tiny': {
    nmc: [0.6906, 0.77181, 0.09222],
    simplecil: [0.6908, 0.77226, 0.09422],
    // In NumPy, float64, from the same embeddings; λ chosen with full matrices, pseudo-inverses of the covariances.
    ridge: [0.7113, 0.80264, 0.11111],
    fecam: [0.747, 0.81727, 0.07933],
  },
}

test
  .skipIf(!isThere)
  .each(process.env.STREAMBED_FULL ? (['mobilenetv2', 'vit-tiny'] as const) : (['mobilenetv2'] as const))(
  '%s: NMC and SimpleCIL agree with figures computed elsewhere, and a second run with its bits',
  (backbone) => {
    const scratch = mkdtempSync(join(tmpdir(), 'streambed-real-'))
    const streambed = (...words: string[]) =>
      execFileSync(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), ...words], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      })
    const methods = Object.keys(figures[backbone])
    const run = (results: string) =>
      streambed(
        ...['run', join(packageRoot, 'suites/split-cifar100.yaml'), '--data', data, '--allow-unofficial'],
        ...['--cache', join(scratch, 'cache'), '--results', join(scratch, results)],
        ...['--set', `backbones=[${backbone}]`, '--set', `methods=[${methods}, er.head]`],
      )
    run('one')
    const { rows } = JSON.parse(
      streambed('report', join(scratch, 'one', 'split-cifar100'), '--format', 'json'),
    )
    for (const [method, [last, average, forgetting]] of Object.entries(figures[backbone])) {
      const { metrics } = rows.find((row: { method: string }) => row.method === method)
      expect(Math.abs(metrics['accuracy.last@sample'].mean - last)).toBeLessThanOrEqual(0.0003)
      expect(Math.abs(metrics['accuracy.average@sample'].mean - average)).toBeLessThanOrEqual(0.0003)
      expect(Math.abs(metrics['forgetting@chaudhry18'].mean - forgetting)).toBeLessThanOrEqual(0.0003)
      expect(Math.abs(metrics['bwt@lopezpaz17'].mean + forgetting)).toBeLessThanOrEqual(0.0003)
    }
    run('two')
    const hashes = (results: string) =>
      openStore(join(scratch, results, 'split-cifar100'))
        .read()
        .records.map(({ factsHash }) => factsHash)
    expect(hashes('two')).toEqual(hashes('one'))
  },
)
