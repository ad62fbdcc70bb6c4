import { expect } from 'vitest'
import type { Learner, Network } from '../../../src/method/index.ts'
import { arrive, arriveClasses, layoutOf, learn, numbered } from './deep.ts'
import { fingerprint, type Golden, relativeError, stream } from './golden.ts'

/**
 * Takes a method with one stage a task through the first tasks of the oracles' stream, and expects of every step the
 * loss and the weights that the oracle has, and at the end its scores. With `columns`, so many classes are announced
 * at once in the beginning.
 */
export async function expectSteps(
  method: Learner,
  wanted: Golden,
  { tasks, columns }: { tasks: number; columns?: number },
): Promise<void> {
  const network = method.parts.network as Network
  const weightsIn = await layoutOf(wanted.network)
  const [losses, fingerprints]: number[][] = [[], []]
  for (let task = 0; task < tasks; task++) {
    if (columns === undefined) await arrive(method, network, task)
    else if (task === 0) await arriveClasses(method, network, 0, columns)
    const [stage] = method.stages({ index: task, classes: [3 * task, 3 * task + 1, 3 * task + 2] })
    await learn(stage, task, async (loss) => {
      losses.push(loss)
      fingerprints.push(fingerprint(weightsIn(await network.weights()).values()))
    })
    const name = `weights after task ${task}`
    if (wanted.float32.groups[name] === undefined) continue
    const seen = weightsIn(await network.weights())
    for (const [tensor, { data }] of wanted.group(name)) {
      if (!tensor.includes('running_'))
        expect(relativeError(seen.get(tensor)!, data), tensor).toBeLessThan(5e-5)
    }
  }
  expect(relativeError(losses, wanted.losses)).toBeLessThan(5e-5)
  expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(5e-5)
  const { head } = await method.predict(numbered(stream.test))
  const scores = wanted.group(`scores after task ${tasks - 1}`).get('scores')!.data
  expect(relativeError(head, scores)).toBeLessThan(5e-5)
}
