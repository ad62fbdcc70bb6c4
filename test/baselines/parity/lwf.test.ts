import { expect, test } from 'vitest'
import { lwfGlobal } from '../../../baselines/lwf.global.ts'
import { lwfLocal } from '../../../baselines/lwf.local.ts'
import type { Method, Network } from '../../../src/method/index.ts'
import { arrive, begun, layoutOf, learn, numbered } from './deep.ts'
import { fingerprint, golden, goldens, relativeError, type Subject, stream } from './golden.ts'

const methods: Readonly<Record<string, Method<never>>> = {
  'lwf-local': lwfLocal as Method<never>,
  'lwf-global': lwfGlobal as Method<never>,
}
const all = Object.keys(methods).flatMap((name) =>
  goldens[name].map((subject): [string, Subject] => [name, subject]),
)

test.each(all)('%s on %s: distilled from the network before, as PyTorch does', async (name, subject) => {
  const wanted = golden(name, subject)
  const { lr, momentum, weight_decay, lambda, temperature } = wanted.settings
  const method = await begun(methods[name] as Method, wanted.network, {
    options: {
      learningRate: lr,
      momentum,
      weightDecay: weight_decay,
      batch: 8,
      epochs: 5,
      batchNorm: wanted.batchNorm ?? 'frozen',
      lambda,
      temperature,
    },
  })
  const network = method.parts.network as Network
  const parts = await layoutOf(wanted.network)
  const [losses, fingerprints]: number[][] = [[], []]
  for (const task of [0, 1]) {
    await arrive(method, network, task)
    const [stage] = method.stages({ index: task, classes: [3 * task, 3 * task + 1, 3 * task + 2] })
    await learn(stage, task, async (loss) => {
      losses.push(loss)
      fingerprints.push(fingerprint(parts(await network.weights()).values()))
    })
    const { statistics } = await network.snapshot()
    const seen = new Map([...parts(await network.weights()), ...Object.entries(statistics)])
    for (const [weight, { data }] of wanted.group(`weights after task ${task}`)) {
      expect(relativeError(seen.get(weight)!, data), weight).toBeLessThan(1e-4)
    }
  }
  expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-4)
  expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(1e-4)
  const { head } = await method.predict(numbered(stream.test))
  expect(relativeError(head, wanted.group('scores after task 1').get('scores')!.data)).toBeLessThan(1e-4)
})
