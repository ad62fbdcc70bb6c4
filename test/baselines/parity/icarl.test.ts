import { expect, test, vi } from 'vitest'
import { icarl } from '../../../baselines/icarl.ts'
import type { HerdedExemplars, Method, Network } from '../../../src/method/index.ts'
import { arrive, begun, labelsOf, layoutOf, learn, numbered, passOver } from './deep.ts'
import { fingerprint, golden, goldens, pictures, relativeError, type Subject, stream } from './golden.ts'

const all = (['binary', 'distillation'] as const).flatMap((loss) =>
  goldens[`icarl-${loss}`].map((subject): [string, Subject] => [loss, subject]),
)

test.each(all)('icarl, %s, on %s: learns, herds and answers as PyTorch does', async (loss, subject) => {
  const wanted = golden(`icarl-${loss}`, subject)
  const { lr, momentum, weight_decay, exemplars: capacity } = wanted.settings
  const method = await begun(icarl as Method<never> as Method, wanted.network, {
    options: {
      learningRate: lr,
      momentum,
      weightDecay: weight_decay,
      batch: 8,
      epochs: 5,
      batchNorm: wanted.batchNorm ?? 'frozen',
      exemplars: capacity,
      loss,
    },
  })
  const network = method.parts.network as Network
  const exemplars = method.parts.exemplars as HerdedExemplars
  const parts = await layoutOf(wanted.network)
  const [losses, fingerprints]: number[][] = [[], []]
  const [batches, picks]: number[][][][] = [wanted.facts.batches, wanted.facts.exemplars]
  for (const task of [0, 1]) {
    await arrive(method, network, task)
    const isNew = (id: number) => stream.tasks[task].includes(id)
    const [train, herd, keep] = method.stages({
      index: task,
      classes: [3 * task, 3 * task + 1, 3 * task + 2],
    })
    // The oracle shuffled new images and exemplars together: those of each of its batches, one after the other.
    const olds = batches[task].map((batch) => batch.filter((id) => !isNew(id)))
    const portion = vi.spyOn(exemplars, 'portion').mockImplementation(({ step }) => ({
      rows: pictures(olds[step]),
      labels: labelsOf(olds[step]),
    }))
    await learn(
      train,
      task,
      async (seen) => {
        losses.push(seen)
        fingerprints.push(fingerprint(parts(await network.weights()).values()))
      },
      batches[task].map((batch) => batch.filter(isNew)),
    )
    portion.mockRestore()
    const seen = parts(await network.weights())
    for (const [name, { data }] of wanted.group(`weights after task ${task}`)) {
      if (!name.includes('running_')) expect(relativeError(seen.get(name)!, data), name).toBeLessThan(1e-4)
    }
    await passOver(herd, task)
    await passOver(keep, task)
    picks[task].forEach((ids, label) => {
      expect(exemplars.of(label).rows, `class ${label}`).toEqual(pictures(ids))
    })
    await method.settle?.()
    const { nearest } = await method.predict(numbered(stream.test))
    const distances = wanted.group(`scores nearest after task ${task}`).get('scores')!.data
    expect(
      relativeError(
        nearest.map((score) => -score),
        distances,
      ),
    ).toBeLessThan(1e-4)
  }
  expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-4)
  expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(1e-4)
  const { head } = await method.predict(numbered(stream.test))
  expect(relativeError(head, wanted.group('scores after task 1').get('scores')!.data)).toBeLessThan(1e-4)
})
