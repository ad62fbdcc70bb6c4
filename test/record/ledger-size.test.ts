import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Evaluation, openRecordWriter, probabilityCode, readRecord } from '../../src/record/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { makeManifest } from '../fixtures/records.ts'
import { scratch } from './scratch.ts'

/**
 * Answers as a linear head gives them: each test image has a logit for every class, normal around its own class's
 * and a little nearer to the four classes like it; `drift` is how much of it each task redraws.
 */
function answersOf(
  margin: number,
  scale: number,
  drift: number,
): { evaluations: Evaluation[]; last: number } {
  const draw = chance('ledger size', scale)
  const images = Array.from({ length: 10_000 }, (_, i) => {
    const truth = Math.floor(i / 100)
    const hard = 1.2 * draw.normal()
    return Float64Array.from(
      { length: 100 },
      (_, k) =>
        draw.normal() +
        (Math.floor(k / 5) === Math.floor(truth / 5) ? 0.6 : 0) +
        (k === truth ? margin - hard : 0),
    )
  })
  let last = 0
  const evaluations = Array.from({ length: 10 }, (_, after): Evaluation => {
    const seen = 10 * (after + 1)
    const truth: number[] = []
    const predicted: number[] = []
    const within: number[] = []
    const pTrue: number[] = []
    const confidence: number[] = []
    for (let i = 0; i < 100 * seen; i++) {
      const label = Math.floor(i / 100)
      const logits = images[i]
      if (drift > 0) {
        for (let k = 0; k < 100; k++) {
          const own = k === label ? margin : 0
          logits[k] = own + Math.sqrt(1 - drift * drift) * (logits[k] - own) + drift * draw.normal()
        }
      }
      const best = top(logits, 0, seen)
      const from = 10 * Math.floor(label / 10)
      let sum = 0
      for (let k = 0; k < seen; k++) sum += Math.exp(scale * (logits[k] - logits[best]))
      truth.push(label)
      predicted.push(best)
      within.push(top(logits, from, from + 10))
      pTrue.push(probabilityCode(Math.exp(scale * (logits[label] - logits[best])) / sum))
      confidence.push(probabilityCode(1 / sum))
    }
    last = predicted.filter((label, i) => label === truth[i]).length / truth.length
    return {
      kind: 'evaluate',
      after,
      tick: after,
      sets: Array.from({ length: after + 1 }, (_, task) => ({ task, examples: 1000 })),
      truth,
      answers: { head: { predicted, within, pTrue, confidence } },
    }
  })
  return { evaluations, last }
}

function top(values: Float64Array, from: number, until: number): number {
  let best = from
  for (let k = from + 1; k < until; k++) if (values[k] > values[best]) best = k
  return best
}

test.each([
  ['a frozen backbone', 2.75, 1.6, 0],
  ['a head that is trained on, its logits half redrawn at each task', 2.75, 2.5, 0.5],
  ['probabilities spread over all codes', 2.75, 1, 0],
])(
  '55,000 answers of %s with 69 of 100 right take at most 110 KB and come back whole',
  (_, margin, scale, drift) => {
    const { evaluations, last } = answersOf(margin, scale, drift)
    expect(last).toBeGreaterThan(0.63)
    expect(last).toBeLessThan(0.73)
    const folder = scratch()
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const writer = openRecordWriter(folder)
    writer.append(makeManifest({ tasks: Array(10).fill(10), testPerClass: 100 }))
    for (const evaluation of evaluations) writer.append(evaluation)
    writer.close()
    const bytes = statSync(join(folder, 'facts.jsonl.gz')).size
    expect(bytes).toBeLessThan(110_000)
    expect(readRecord(folder).events).toEqual(evaluations)
  },
)
