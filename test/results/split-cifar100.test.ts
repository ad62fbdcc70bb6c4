import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../src/files/index.ts'
import { accuracyCurve, evaluationsOf, metricById } from '../../src/metrics/index.ts'
import { readRecord } from '../../src/record/index.ts'

/**
 * Split CIFAR-100, B0-Inc10, order A-1993, pixels / 255, bilinear 32 → 224 with half-pixel centres and no antialias,
 * the network's own mean and std: curve over the classes seen, average, forgetting and BWT in points, computed
 * outside this project in float64 from float32 features.
 */
const elsewhere = [
  ['vit-tiny', 'nmc', [90.2, 84.35, 82.23, 78.88, 76.48, 74.28, 74.06, 71.81, 70.46, 69.06], 77.181, 9.222],
  [
    'vit-tiny',
    'simplecil',
    [90.1, 84.45, 82.43, 78.88, 76.56, 74.28, 74.16, 71.89, 70.43, 69.08],
    77.226,
    9.422,
  ],
  ['mobilenetv2', 'nmc', [84.5, 75.65, 72.4, 66.57, 63.58, 60.83, 60.37, 58.09, 56.54, 55.4], 65.394, 13.1],
  [
    'mobilenetv2',
    'simplecil',
    [84.6, 75.6, 72.43, 66.75, 63.38, 60.75, 60.27, 58.01, 56.5, 55.37],
    65.367,
    13.144,
  ],
] as const

const runs = join(packageRoot, 'results', 'split-cifar100', 'runs')
const folders = readdirSync(runs).map((name) => join(runs, name))
const folderOf = (backbone: string, method: string) =>
  folders.find((folder) => folder.includes(`--${backbone}--${method}--`))!

describe('the committed records of Split CIFAR-100', () => {
  test.each(elsewhere)(
    '%s, %s: whole curve, average, forgetting and BWT to 0.03 points',
    (backbone, method, curve, average, forgetting) => {
      const record = readRecord(folderOf(backbone, method))
      expect(record.state).toBe('finished')
      const evaluations = evaluationsOf(record)
      const ours = accuracyCurve(evaluations, 'sample').map((accuracy) => 100 * accuracy!)
      expect(ours).toHaveLength(10)
      curve.forEach((theirs, task) =>
        expect(Math.abs(ours[task] - theirs), `after task ${task + 1}`).toBeLessThanOrEqual(0.03),
      )
      const points = (id: string) => 100 * metricById(id).of(evaluations)!
      expect(Math.abs(points('accuracy.average@sample') - average)).toBeLessThanOrEqual(0.03)
      expect(Math.abs(points('forgetting@chaudhry18') - forgetting)).toBeLessThanOrEqual(0.03)
      expect(Math.abs(points('bwt@lopezpaz17') + forgetting)).toBeLessThanOrEqual(0.03)
    },
  )

  test('no ledger is larger than 110 KB', () => {
    for (const folder of folders) {
      expect(statSync(join(folder, 'facts.jsonl.gz')).size, folder).toBeLessThanOrEqual(110_000)
      expect(existsSync(join(folder, 'measurements.jsonl'))).toBe(true)
    }
  })

  test('replay beats naive, and training on everything at once beats both', () => {
    for (const backbone of ['vit-tiny', 'mobilenetv2']) {
      const last = (method: string) =>
        metricById('accuracy.last@sample').of(evaluationsOf(readRecord(folderOf(backbone, method))))!
      expect(last('joint.head')).toBeGreaterThan(last('er.head'))
      expect(last('er.head')).toBeGreaterThan(last('naive.head'))
      expect(last('nmc')).toBeGreaterThan(10 * last('chance'))
    }
  })
})
