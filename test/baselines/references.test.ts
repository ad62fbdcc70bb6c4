import { expect, test } from 'vitest'
import { cumulative } from '../../baselines/cumulative.ts'
import { erHerding } from '../../baselines/er.herding.ts'
import { gdumb } from '../../baselines/gdumb.ts'
import { linearProbe } from '../../baselines/linear-probe.ts'
import { naive } from '../../baselines/naive.ts'
import type { ExemplarBuffer, HerdedExemplars, Network, OwnStage, Stage } from '../../src/method/index.ts'
import { begun, labelsOf, learn, numbered, passOver } from './parity/deep.ts'
import { relativeError, stream } from './parity/golden.ts'

const classesOf = (task: number) => [3 * task, 3 * task + 1, 3 * task + 2]
const images = numbered(stream.test)

async function own(stage: Stage, task: number): Promise<number[]> {
  const { steps, stepAt } = stage as OwnStage
  const losses: number[] = []
  for (let step = 0; step < steps; step++) {
    const report = await stepAt({ task, epoch: 0, epochs: 1, step, steps, overall: step })
    if (report?.loss !== undefined) losses.push(report.loss)
  }
  return losses
}

test('a linear probe learns its head and leaves all features as they were', async () => {
  const method = await begun(linearProbe, 'vit.onnx', { options: { learningRate: 0.1, batch: 8 } })
  const network = method.parts.network as Network
  method.newClasses!(classesOf(0))
  const rows = await network.head()
  const backbone = (await begun(naive, 'vit.onnx')).parts.network as Network
  backbone.grow(classesOf(0))
  const pictures = new Uint8Array(4 * 768).map((_, i) => i % 251)
  const before = await network.features(pictures)
  expect(relativeError(before, await backbone.features(pictures))).toBeLessThan(1e-5)
  const losses: number[] = []
  const [stage] = method.stages({ index: 0, classes: classesOf(0) })
  await learn(stage, 0, async (loss) => void losses.push(loss))
  expect(losses.at(-1)).toBeLessThan(losses[0])
  expect(await network.features(pictures)).toEqual(before)
  expect((await network.weights()).length).toBe(rows.length)
})

test('cumulative from scratch forgets what it learned before, and from current it goes on', async () => {
  const after = async (from: string, tasks: readonly number[]) => {
    const method = await begun(cumulative, 'cnn.onnx', { options: { learningRate: 0.01, batch: 8, from } })
    method.newClasses!([...classesOf(0), ...classesOf(1)])
    for (const task of tasks) {
      const [stage] = method.stages({ index: task, classes: classesOf(task) })
      await learn(stage, task, async () => {}, stream.batches[task].slice(0, 5))
    }
    return (await method.predict(images)).head
  }
  expect(await after('scratch', [0, 1])).toEqual(await after('scratch', [1]))
  expect(await after('current', [0, 1])).not.toEqual(await after('current', [1]))
})

test('gdumb learns from its buffer alone: what it was before a task makes no difference', async () => {
  const after = async (learned: readonly number[]) => {
    const options = { exemplars: 12, epochs: 3, batch: 8, learningRate: 0.02 }
    const method = await begun(gdumb, 'cnn.onnx', { options })
    const buffer = method.parts.buffer as ExemplarBuffer
    const losses: number[][] = []
    for (const task of [0, 1]) {
      method.newClasses!(classesOf(task))
      const [collect, learning] = method.stages({ index: task, classes: classesOf(task) })
      await passOver(collect, task)
      if (learned.includes(task)) losses.push(await own(learning, task))
    }
    const labels = [...buffer.draw(12).labels].sort()
    return { scores: (await method.predict(images)).head, labels, losses }
  }
  const [both, last] = [await after([0, 1]), await after([1])]
  expect(both.labels).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
  expect(both.scores).toEqual(last.scores)
  expect(both.losses.map(({ length }) => length)).toEqual([6, 6])
})

test('gdumb takes fewer steps while its buffer is not full', async () => {
  const method = await begun(gdumb, 'cnn.onnx', { options: { exemplars: 100, epochs: 2, batch: 8 } })
  method.newClasses!(classesOf(0))
  const buffer = method.parts.buffer as ExemplarBuffer
  const ids = stream.tasks[0].slice(0, 20)
  const [collect, learning] = method.stages({ index: 0, classes: classesOf(0) })
  const place = { task: 0, epoch: 0, epochs: 1, step: 0, steps: 1, overall: 0 }
  if ('over' in collect) await collect.step({ images: numbered(ids), labels: labelsOf(ids) }, place)
  expect(buffer.length).toBe(20)
  expect((await own(learning, 0)).length).toBe(2 * 3)
})

test('er.herding keeps as many of each class, and learns each exemplar once an epoch', async () => {
  const method = await begun(erHerding, 'cnn.onnx', { options: { exemplars: 13, batch: 8 } })
  const exemplars = method.parts.exemplars as HerdedExemplars
  for (const task of [0, 1]) {
    method.newClasses!(classesOf(task))
    const [learning, herd, keep] = method.stages({ index: task, classes: classesOf(task) })
    const replayed: number[] = []
    if (!('over' in learning)) throw new TypeError('learning is over images')
    for (const [step, ids] of stream.batches[task].slice(0, 5).entries()) {
      const place = { task, epoch: 0, epochs: 1, step, steps: 5, overall: step }
      const report = await learning.step({ images: numbered(ids), labels: labelsOf(ids) }, place)
      replayed.push(report!.replayed!)
    }
    expect(replayed.reduce((sum, n) => sum + n, 0)).toBe(task === 0 ? 0 : 12)
    for (const stage of [herd, keep]) await passOver(stage, task)
  }
  for (const label of [...classesOf(0), ...classesOf(1)]) expect(exemplars.of(label).labels.length).toBe(2)
})
