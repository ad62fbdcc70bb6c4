import { expect, test } from 'vitest'
import { der } from '../../../baselines/der.ts'
import { derPlusPlus } from '../../../baselines/der-plus-plus.ts'
import { er } from '../../../baselines/er.ts'
import type { ExemplarBuffer, Learner, Method } from '../../../src/method/index.ts'
import { chance } from '../../../src/tensor/index.ts'
import { begun, labelsOf } from './deep.ts'
import { type Golden, golden, goldens, pictures, type Subject } from './golden.ts'
import { expectSteps } from './step-by-step.ts'

const capacity = 20

/** The chance of a reservoir that puts each example where the oracle's did. */
function slotsOf(wanted: Golden) {
  const slots: number[] = (wanted.facts.slots as number[][]).flat()
  let offered = 0
  return {
    ...chance('oracle'),
    /** Asked once the reservoir is full; −1 is a draw beyond it. */
    below() {
      const slot = slots[offered++ + capacity]
      return slot < 0 ? capacity : slot
    },
  }
}

async function replaying(method: object, wanted: Golden, options: Record<string, number>): Promise<Learner> {
  return begun(method as Method, wanted.network, {
    options: {
      learningRate: wanted.settings.lr,
      momentum: 0,
      batch: 8,
      epochs: 5,
      batchNorm: wanted.batchNorm ?? 'frozen',
      exemplars: capacity,
      replay: 8,
      ...options,
    },
    random: () => slotsOf(wanted),
  })
}

/** What the reservoir holds by now, a picture with its label as text; every draw must come of it. */
function held(buffer: ExemplarBuffer): Set<string> {
  const all = buffer.at(Array.from({ length: buffer.length }, (_, i) => i))
  const size = all.rows.length / all.labels.length
  return new Set(
    Array.from(all.labels, (label, i) => `${label} ${all.rows.subarray(i * size, (i + 1) * size).join()}`),
  )
}
const asHeld = (id: number) => `${labelsOf([id])[0]} ${pictures([id]).join()}`

test.each(goldens.er)(
  'er on %s: fifty steps as PyTorch takes them, its draws among what is kept',
  async (subject) => {
    const wanted = golden('er', subject)
    const method = await replaying(er, wanted, {})
    const buffer = method.parts.buffer as ExemplarBuffer
    const draws: number[][] = [...wanted.facts.replayed]
    buffer.draw = () => {
      const ids = draws.shift()!
      const kept = held(buffer)
      for (const id of ids) expect(kept).toContain(asHeld(id))
      return { rows: pictures(ids), labels: labelsOf(ids), extras: [] }
    }
    await expectSteps(method, wanted, { tasks: 2 })
    expect(draws).toEqual([])
  },
)

const dark = (['der', 'derpp'] as const).flatMap((name) =>
  goldens[name].map((subject): [typeof name, Subject] => [name, subject]),
)

test.each(dark)(
  '%s on %s: fifty steps as PyTorch takes them, with the scores that we stored',
  async (name, subject) => {
    const wanted = golden(name, subject)
    const { alpha, beta } = wanted.settings
    const isDer = name === 'der'
    const method = await replaying(isDer ? der : derPlusPlus, wanted, isDer ? { alpha } : { alpha, beta })
    const buffer = method.parts.buffer as ExemplarBuffer
    type Draw = [image: number, step: number][]
    const firsts: Draw[] = [...wanted.facts.distilled]
    const seconds: Draw[] = isDer ? [] : [...wanted.facts.replayed]
    /** Every example that was offered, by image and step, as the buffer was given it. */
    const offered = new Map<string, Float32Array>()
    let steps = 0
    const { offer, draw } = buffer
    buffer.offer = (rows, labels, extras) => {
      const size = rows.length / labels.length
      labels.forEach((_, i) => {
        offered.set(`${rows.subarray(i * size, (i + 1) * size).join()} ${steps}`, extras![i])
      })
      steps++
      offer(rows, labels, extras)
    }
    let draws = 0
    buffer.draw = () => {
      const pairs = (isDer || draws++ % 2 === 0 ? firsts : seconds).shift()!
      const ids = pairs.map(([id]) => id)
      const kept = held(buffer)
      for (const id of ids) expect(kept).toContain(asHeld(id))
      const extras = pairs.map(([id, step]) => offered.get(`${pictures([id]).join()} ${step}`)!)
      return { rows: pictures(ids), labels: labelsOf(ids), extras }
    }
    // The oracle's head is as wide as it will be from the start.
    await expectSteps(method, wanted, { tasks: 2, columns: 6 })
    expect([firsts, seconds]).toEqual([[], []])
    buffer.draw = draw
    const { labels, extras } = buffer.draw(capacity)
    expect(labels.length).toBe(capacity)
    for (const scores of extras) expect(scores.length).toBe(6)
  },
)
