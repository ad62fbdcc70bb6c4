import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkCapabilities } from '../../src/protocol/capabilities.ts'
import { type Checkpoint, loadCheckpoint, saveCheckpoint, stateBytes } from '../../src/protocol/checkpoint.ts'
import { answerColumns, judge } from '../../src/protocol/judge.ts'
import { epochOrder, evaluationOrder, holdOut } from '../../src/protocol/order.ts'

const checkpoint: Checkpoint = {
  run: 'abc',
  cursor: { item: 1, stage: 2, epoch: 3, phase: 'check', position: 40 },
  ticks: { learn: 6 },
  losses: { learn: { sums: [0.5], counts: [2] } },
  tick: 7,
  compute: {
    flopsEmbed: 1,
    flopsTrain: 2,
    flopsPredictPerImage: 3,
    flopsEvaluate: 4,
    imagesSeen: 5,
    imagesReplayed: 6,
  },
  factLines: 9,
  parts: {
    head: { weights: Float32Array.of(0.1, Number.NaN, -0), best: Number.POSITIVE_INFINITY, spare: null },
    draws: { state: Uint32Array.of(1, 2 ** 32 - 1) },
    many: [Float64Array.of(Math.PI), Int32Array.of(-1), Uint8Array.of(255), 'é', true],
  },
  answers: null,
}

test('a checkpoint comes back as it was saved, to the bit', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'streambed-')), 'checkpoint')
  saveCheckpoint(path, checkpoint)
  const loaded = loadCheckpoint(path, 'abc')
  expect(loaded).toEqual(checkpoint)
  expect(Object.is((loaded!.parts.head as { weights: Float32Array }).weights[2], -0)).toBe(true)
})

test('a checkpoint of another run, or with any byte changed or missing, is none', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'streambed-')), 'checkpoint')
  saveCheckpoint(path, checkpoint)
  expect(loadCheckpoint(path, 'other')).toBeUndefined()
  const whole = readFileSync(path)
  for (let at = 0; at < whole.length; at += 13) {
    const flipped = Buffer.from(whole)
    flipped[at] ^= 1
    writeFileSync(path, flipped)
    expect(loadCheckpoint(path, 'abc'), `byte ${at}`).toBeUndefined()
    writeFileSync(path, whole.subarray(0, at))
    expect(loadCheckpoint(path, 'abc'), `cut at ${at}`).toBeUndefined()
  }
})

test('state in bytes counts arrays as they are and a number as eight', () => {
  expect(stateBytes({ w: new Float32Array(10), n: 3, deep: [new Uint8Array(5), null] })).toBe(40 + 8 + 5)
})

test('of each class the asked share is held out, by seed, and nothing is lost', () => {
  const rows = Uint32Array.from({ length: 50 }, (_, i) => i)
  const { learn, validation } = holdOut(rows, (row) => row % 5, 0.2, 1, 0)
  expect(validation.length).toBe(10)
  expect([...learn, ...validation].sort((a, b) => a - b)).toEqual([...rows])
  for (let label = 0; label < 5; label++) expect(validation.filter((row) => row % 5 === label).length).toBe(2)
  expect(holdOut(rows, (row) => row % 5, 0.2, 2, 0).validation).not.toEqual(validation)
  expect(holdOut(rows, (row) => row % 5, 0, 1, 0).learn).toBe(rows)
})

test('every epoch has an order of its own, the same for every method with that seed', () => {
  const rows = Uint32Array.from({ length: 30 }, (_, i) => 100 + i)
  const first = epochOrder(rows, 'shuffled', 5, 0, 0, 0)
  expect(epochOrder(rows, 'shuffled', 5, 0, 0, 0)).toEqual(first)
  expect(epochOrder(rows, 'shuffled', 5, 0, 0, 1)).not.toEqual(first)
  expect(Uint32Array.from(first).sort()).toEqual(rows)
  expect(epochOrder(rows, 'canonical', 5, 0, 0, 0)).toBe(rows)
  expect(Uint32Array.from(evaluationOrder(30, 5, 0)).sort()).toEqual(rows.map((row) => row - 100))
})

test('an answer is judged among all classes and among its own task’s', () => {
  const columns = answerColumns(1)
  // classes 7, 8 (task 0) and 9, 5 (task 1); logits ln 1, ln 2, ln 4, ln 1: p = 1/8, 2/8, 4/8, 1/8
  const logits = Float32Array.of(0, Math.log(2), Math.log(4), 0)
  judge(logits, 'logits', [7, 8, 9, 5], 8, [0, 1], columns, 0)
  expect([columns.predicted[0], columns.within[0]]).toEqual([9, 8])
  expect(columns.confidence[0]).toBeCloseTo(0.5)
  expect(columns.pTrue[0]).toBeCloseTo(0.25)
})

test('scores that are no probabilities leave p unknown; an unseen class has p = 0', () => {
  const columns = answerColumns(2)
  judge(Float32Array.of(-1, -2), 'scores', [0, 1], 0, [0, 1], columns, 0)
  expect([columns.pTrue[0], columns.confidence[0]]).toEqual([-1, -1])
  judge(Float32Array.of(0.25, 0.75), 'probabilities', [0, 1], 4, [], columns, 1)
  expect([columns.within[1], columns.pTrue[1], columns.confidence[1]]).toEqual([-1, 0, 0.75])
})

test('a method meets only streams that give what it needs', () => {
  const online = { name: 'cloc', scenario: 'online' } as const
  const needs = { gradients: 'none' } as const
  expect(() => checkCapabilities({ name: 'm', needs }, online, 'suite')).not.toThrow()
  expect(() =>
    checkCapabilities({ name: 'm', needs: { ...needs, boundaries: true } }, online, 'suite'),
  ).toThrow(expect.objectContaining({ code: 'method-needs-boundaries' }))
  expect(() =>
    checkCapabilities({ name: 'm', needs: { ...needs, scenarios: ['class-incremental'] } }, online, 'suite'),
  ).toThrow(expect.objectContaining({ code: 'method-needs-scenario' }))
})
