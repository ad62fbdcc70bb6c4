import { expect, test } from 'vitest'
import { ewc } from '../../../baselines/ewc.ts'
import { si } from '../../../baselines/si.ts'
import type { Learner, Method, Network } from '../../../src/method/index.ts'
import { arrive, begun, labelsOf, layoutOf, learn, numbered } from './deep.ts'
import { fingerprint, type Golden, golden, goldens, relativeError, type Subject, stream } from './golden.ts'

const named = (prefix: string) =>
  Object.keys(goldens)
    .filter((name) => name.startsWith(prefix) && name !== 'ewc-clofai')
    .flatMap((name) => goldens[name].map((subject): [string, Subject] => [name, subject]))

/** Takes a method through three tasks, and holds every step and what comes of it to the oracle's. */
async function follow(wanted: Golden, method: Learner, after?: (task: number) => Promise<void>) {
  const network = method.parts.network as Network
  const parts = await layoutOf(wanted.network)
  const [losses, fingerprints]: number[][] = [[], []]
  for (const task of [0, 1, 2]) {
    await arrive(method, network, task)
    const stages = method.stages({ index: task, classes: [3 * task, 3 * task + 1, 3 * task + 2] })
    await learn(stages[0], task, async (loss) => {
      losses.push(loss)
      fingerprints.push(fingerprint(parts(await network.weights()).values()))
    })
    await after?.(task)
  }
  expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-4)
  expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(1e-4)
  const seen = parts(await network.weights())
  for (const [name, { data }] of wanted.group('weights after task 2')) {
    if (!name.includes('running_')) expect(relativeError(seen.get(name)!, data), name).toBeLessThan(1e-4)
  }
  const { head } = await method.predict(numbered(stream.test))
  const { data } = wanted.group('scores after task 2').get('scores')!
  expect(relativeError(head, data)).toBeLessThan(1e-4)
}

/** Holds a flat vector to the tensors of a group, all of them to the largest number among them. */
async function expectGroup(wanted: Golden, group: string, flat: Float32Array) {
  const seen = (await layoutOf(wanted.network))(flat)
  const tensors = [...wanted.group(group)]
  expect([...seen.keys()].sort()).toEqual(tensors.map(([name]) => name).sort())
  const all = (of: (name: string, data: Float32Array) => Float32Array) =>
    tensors.flatMap(([name, { data }]) => [...of(name, data)])
  const error = relativeError(
    all((name) => seen.get(name)!),
    all((_, data) => data),
  )
  expect(error, group).toBeLessThan(1e-4)
}

test.each(named('ewc-'))(
  '%s on %s: estimate, book and penalty as PyTorch has them',
  async (name, subject) => {
    const wanted = golden(name, subject)
    const { settings } = wanted
    const method = await begun(ewc as Method<never> as Method, wanted.network, {
      options: {
        learningRate: settings.lr,
        momentum: settings.momentum ?? 0,
        batch: 8,
        epochs: 5,
        batchNorm: wanted.batchNorm ?? 'frozen',
        lambda: settings.lambda,
        penalty: settings.penalty === 'half' ? 'lambda/2' : 'lambda',
        fisher: settings.fisher,
        fisherBatch: settings.fisher_batch,
        fisherExamples: settings.fisher_examples ?? 1,
        cap: settings.cap ?? 0,
        bookkeeping: settings.bookkeeping,
        gamma: settings.gamma,
        crossEntropy: settings.cross_entropy,
        optimiserState: 'reset',
      },
    })
    const network = method.parts.network as Network
    await follow(wanted, method, async (task) => {
      if (task === 2) return
      const stage = method.stages({ index: task, classes: [3 * task, 3 * task + 1, 3 * task + 2] })[1]
      if ('steps' in stage) throw new TypeError('the Fisher pass is one over images')
      const ids = stream.tasks[task]
      const size: number = settings.fisher_batch
      const steps = Math.ceil(ids.length / size)
      for (let step = 0; step < steps; step++) {
        const batch = ids.slice(step * size, (step + 1) * size)
        const place = { task, epoch: 0, epochs: 1, step, steps, overall: step }
        await stage.step({ images: numbered(batch), labels: labelsOf(batch) }, place)
      }
      const { importance } = (await network.anchor())!
      if (task === 0) await expectGroup(wanted, 'fisher of task 0', importance)
      else if (settings.bookkeeping !== 'separate') {
        await expectGroup(wanted, 'fisher kept after task 1', importance)
      }
    })
  },
)

test.each(named('si'))(
  '%s on %s: the path integral and the pull as PyTorch has them',
  async (name, subject) => {
    const wanted = golden(name, subject)
    const { lr, c, xi } = wanted.settings
    const method = await begun(si as Method<never> as Method, wanted.network, {
      options: { learningRate: lr, batch: 8, epochs: 5, c, xi },
    })
    const network = method.parts.network as Network
    await follow(wanted, method, async (task) => {
      const { importance } = (await network.anchor())!
      if (task < 2) await expectGroup(wanted, `importance after task ${task}`, importance)
    })
  },
)
