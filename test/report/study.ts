import type { RunRecord } from '../../src/record/index.ts'
import { report } from '../../src/report/index.ts'
import type { RecordOptions } from '../fixtures/records.ts'
import { makeRecord } from '../fixtures/records.ts'

export const suite = { name: 'made-up', id: '0123456789abcdef' }
export const metrics = [
  'accuracy.last@task',
  'accuracy.average@task',
  'forgetting@chaudhry18',
  'bwt@lopezpaz17',
]

/** A record by hand with what a method needs and how its picture is prepared, which the fixture leaves out. */
export function makeRun(
  options: RecordOptions & {
    needs?: object
    notes?: readonly string[]
    classifiers?: Record<string, 'scores'>
  } = {},
): RunRecord {
  const record = makeRecord(options)
  const { manifest } = record
  return {
    ...record,
    manifest: {
      ...manifest,
      stream: { ...manifest.stream, notes: options.notes ?? [] },
      backbone: manifest.backbone && {
        ...manifest.backbone,
        preprocessing: {
          resize: {
            rule: 'exact',
            size: 32,
            filter: 'bilinear',
            antialias: false,
            alignCorners: false,
            arithmetic: 'float',
          },
          crop: null,
          colour: 'rgb',
          divisor: 255,
          mean: [0.5, 0.5, 0.5],
          std: [0.5, 0.5, 0.5],
        },
      },
      method: { ...manifest.method, needs: { ...(manifest.method.needs as object), ...options.needs } },
    },
  }
}

export const floor = { gradients: 'none', embeddings: false }
export const trained = { gradients: 'head', memory: 'none' }
export const replays = { gradients: 'head', memory: 'embeddings' }

/** Six seeds of five methods: a floor, an order-invariant mean, a forgetter, replay with a failed run, a ceiling. */
export function study(): RunRecord[] {
  const seeds = [0, 1, 2, 3, 4, 5]
  return [
    ...seeds.map((seed) =>
      makeRun({ method: 'joint.head', seed, joint: true, learned: 0.95, needs: trained }),
    ),
    ...seeds.map((seed) => makeRun({ method: 'nmc', seed, seeded: false, lostPerTask: 0.03 })),
    ...seeds.map((seed) => makeRun({ method: 'nmc.cosine', seed, lostPerTask: 0.02, flopsTrain: 2e9 })),
    ...seeds.map((seed) =>
      makeRun({ method: 'naive.head', seed, lostPerTask: 0.4, flopsTrain: 5e9, needs: trained }),
    ),
    ...seeds.map((seed) =>
      makeRun({
        method: 'er.head',
        seed,
        lostPerTask: 0.06,
        flopsTrain: 9e9,
        needs: replays,
        ...(seed === 2 && { failsAfter: 2 }),
      }),
    ),
    ...seeds.map((seed) =>
      makeRun({ method: 'chance', seed, learned: 0, lostPerTask: 0, flopsTrain: 0, needs: floor }),
    ),
  ]
}

export const studyReport = () => report(study(), { metrics, suite })
