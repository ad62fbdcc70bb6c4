import { expect, test } from 'vitest'
import { agem } from '../../../baselines/agem.ts'
import { gem } from '../../../baselines/gem.ts'
import type { EpisodicMemory } from '../../../src/method/index.ts'
import { begun, labelsOf } from './deep.ts'
import { golden, goldens, pictures, type Subject, stream } from './golden.ts'
import { expectSteps } from './step-by-step.ts'

const programs = ['gem', 'gem-masked', 'gem-margin-0'].flatMap((name) =>
  goldens[name].map((subject): [string, Subject] => [name, subject]),
)

test.each(programs)(
  '%s on %s: 75 steps as PyTorch takes them, and the same pictures in the rings',
  async (name, subject) => {
    const wanted = golden(name, subject)
    const { settings } = wanted
    const method = await begun(gem, wanted.network, {
      options: {
        learningRate: settings.lr,
        batch: 8,
        epochs: 5,
        exemplars: settings.examples_per_task,
        margin: settings.margin,
        scores: settings.scores === 'masked' ? 'own-task' : 'seen',
      },
    })
    await expectSteps(method, wanted, { tasks: 3 })
    const memory = method.parts.memory as EpisodicMemory
    const rings: number[][] = wanted.facts.memory
    rings.forEach((ids, task) => {
      expect(memory.of(task).rows).toEqual(pictures(ids))
      expect(memory.of(task).labels).toEqual(labelsOf(ids))
    })
  },
)

test.each(goldens.agem)(
  'agem on %s: 75 steps as PyTorch takes them, with the draws that it had',
  async (subject) => {
    const wanted = golden('agem', subject)
    const method = await begun(agem, wanted.network, {
      options: {
        learningRate: wanted.settings.lr,
        batch: 8,
        epochs: 5,
        reference: wanted.settings.reference,
      },
    })
    const drawn: number[][] = [...wanted.facts.reference]
    const memory = method.parts.memory as EpisodicMemory
    // Only what comes of the memory is another's: each draw is one of pictures of earlier tasks.
    memory.drawBefore = (task, n) => {
      const ids = drawn.shift()!
      const earlier = stream.tasks.slice(0, task).flat()
      expect(ids.every((id) => earlier.includes(id))).toBe(true)
      expect(ids.length).toBe(task === 0 ? 0 : n)
      return { rows: pictures(ids), labels: labelsOf(ids), extras: [] }
    }
    await expectSteps(method, wanted, { tasks: 3 })
    expect(drawn).toEqual([])
  },
)
