import { expect, test } from 'vitest'
import { ewcClofai } from '../../../baselines/ewc-clofai.ts'
import type { Method, Network } from '../../../src/method/index.ts'
import { begun, labelsOf, layoutOf, numbered } from './deep.ts'
import { fingerprint, golden, goldens, headColumns, relativeError, stream } from './golden.ts'

const odd = (ids: readonly number[]) => labelsOf(ids).map((label) => label % 2)

test.each(goldens['ewc-clofai'])(
  'ewc-clofai on %s: holds weights by the batch at hand, as its authors’ code does',
  async (subject) => {
    const wanted = golden('ewc-clofai', subject)
    const { lr, chunk, lambda } = wanted.settings
    const method = await begun(ewcClofai as Method<never> as Method, wanted.network, {
      options: { learningRate: lr, batch: 8, epochs: 5, chunk, lambda },
    })
    const network = method.parts.network as Network
    method.newClasses?.([0, 1])
    const first = headColumns(0, 1)
    await network.setHead(Float32Array.of(...first.get('head.weight')!.data, ...first.get('head.bias')!.data))
    const parts = await layoutOf(wanted.network)
    const [losses, fingerprints]: number[][] = [[], []]
    for (const task of [0, 1, 2]) {
      const [stage] = method.stages({ index: task, classes: [0, 1] })
      if ('steps' in stage) throw new TypeError('a stage over images')
      for (const [step, ids] of stream.batches[task].entries()) {
        const place = {
          task,
          epoch: Math.floor(step / 5),
          epochs: 5,
          step,
          steps: 25,
          overall: 25 * task + step,
        }
        const report = await stage.step({ images: numbered(ids), labels: odd(ids) }, place)
        losses.push(report!.loss!)
        fingerprints.push(fingerprint(parts(await network.weights()).values()))
      }
    }
    expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-4)
    expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(1e-4)
    const seen = parts(await network.weights())
    for (const [name, { data }] of wanted.group('weights after task 2')) {
      expect(relativeError(seen.get(name)!, data), name).toBeLessThan(1e-4)
    }
    const { head } = await method.predict(numbered(stream.test))
    const z = head.filter((_, i) => i % 2 === 1)
    expect(relativeError(z, wanted.group('scores after task 2').get('scores')!.data)).toBeLessThan(1e-4)
    expect(head.every((score, i) => i % 2 === 1 || score === 0)).toBe(true)
  },
)

test('a stream of three classes is refused by name', async () => {
  const method = await begun(ewcClofai as Method<never> as Method, 'cnn.onnx')
  expect(() => method.newClasses?.([0, 1, 2])).toThrow('tells two classes apart')
})
