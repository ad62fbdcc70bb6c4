import { test } from 'vitest'
import { naive } from '../../../baselines/naive.ts'
import { begun } from './deep.ts'
import { golden, goldens, type Subject } from './golden.ts'
import { expectSteps } from './step-by-step.ts'

// The third golden, whose momentum begins anew with a task, is no `naive` of ours.
const kept = ['naive', 'naive-momentum-kept'].flatMap((name) =>
  goldens[name].map((subject): [string, Subject] => [name, subject]),
)

test.each(kept)('%s on %s: fifty steps of the method as PyTorch takes them', async (name, subject) => {
  const wanted = golden(name, subject)
  const { lr, momentum, weight_decay } = wanted.settings
  const method = await begun(naive, wanted.network, {
    options: {
      learningRate: lr,
      momentum,
      weightDecay: weight_decay ?? 0,
      batch: 8,
      epochs: 5,
      batchNorm: wanted.batchNorm ?? 'frozen',
    },
  })
  await expectSteps(method, wanted, { tasks: 2 })
})
