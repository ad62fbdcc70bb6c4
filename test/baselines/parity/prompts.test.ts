import { expect, test } from 'vitest'
import { codaPrompt } from '../../../baselines/coda-prompt.ts'
import { dualprompt } from '../../../baselines/dualprompt.ts'
import { l2p } from '../../../baselines/l2p.ts'
import type { Method, Module, Network, OptionValue } from '../../../src/method/index.ts'
import { withModules } from '../../../src/method/modules.ts'
import { chance } from '../../../src/tensor/index.ts'
import { arrive, begun, layoutOf, learn, numbered } from './deep.ts'
import { backbone, fingerprint, type Golden, golden, relativeError, stream } from './golden.ts'

interface Variant {
  method: object
  options(settings: Golden['settings']): Record<string, OptionValue>
  modules(settings: Golden['settings']): readonly Module[]
  /** Our weights that are one of the oracle's, cut along its first axis. */
  called(tensor: string): readonly string[]
}

const common = ({ lr, clip, schedule }: Golden['settings']) => ({
  learningRate: lr,
  schedule: schedule === 'cosine' ? 'cosine-annealing' : 'constant',
  clip: clip ?? 0,
  batch: 8,
  epochs: 5,
})
const uniform = [0, 1] as const

const variants: Readonly<Record<string, Variant>> = {
  l2p: {
    method: l2p,
    // The oracle takes the mean over the chosen keys.
    options: (settings) => ({
      ...common(settings),
      pool: settings.pool,
      length: settings.length,
      top: settings.top,
      pull: settings.pull / settings.top,
    }),
    modules: ({ pool, length, top, pull }) => [{ kind: 'prompt-pool', pool, length, top, pull, uniform }],
    called: (tensor) => [tensor],
  },
  dualprompt: {
    method: dualprompt,
    options: (settings) => ({
      ...common(settings),
      generalBlocks: 1,
      generalLength: settings.general_length,
      expertBlocks: 1,
      length: settings.expert_length,
      experts: 2,
      pull: settings.pull,
    }),
    modules: ({ general_length, expert_length, pull }) => [
      { kind: 'prefixes', length: general_length, blocks: [0] },
      { kind: 'prefix-pool', pool: 2, length: expert_length, blocks: [1], pull, uniform },
    ],
    called: (tensor) => [
      tensor
        .replace('general.', 'prefix.0.')
        .replace('expert.', 'expert.1.')
        .replace('task.keys', 'pool.keys'),
    ],
  },
  'coda-prompt': {
    method: codaPrompt,
    options: (settings) => ({
      ...common(settings),
      components: settings.components,
      length: settings.length,
      tasks: 2,
      blocks: 2,
    }),
    modules: ({ components, length }) => [
      { kind: 'prefix-components', components, parts: 2, length, blocks: [0, 1] },
    ],
    called: (tensor) =>
      tensor.startsWith('component.')
        ? [0, 1].map((t) => tensor.replace(/^(component\.\d)/, `$1.${t}`))
        : [tensor],
  },
}

test.each(Object.keys(variants))(
  '%s: every step of two tasks, and the answers after each, as PyTorch takes them',
  async (name) => {
    const wanted = golden(name, 'vit')
    const { method: tested, options, modules, called } = variants[name]
    const { settings } = wanted
    const method = await begun(tested as Method, wanted.network, { options: options(settings) })
    const network = method.parts.network as Network
    const rewritten = await withModules(backbone(wanted.network), modules(settings), {}, 16, chance('twin'))
    const partsOf = await layoutOf(wanted.network, { rewritten })
    const tensors = [...wanted.group('weights at the start').keys(), 'head.weight', 'head.bias']
    /** Ours under the oracle's names. */
    const seenOf = async () => {
      const parts = partsOf(await network.weights())
      const joined = (tensor: string) =>
        Float32Array.from(called(tensor).flatMap((part) => [...parts.get(part)!]))
      return new Map(tensors.map((tensor) => [tensor, joined(tensor)]))
    }
    const expectNear = (seen: ArrayLike<number>, expected: ArrayLike<number>, what: string) =>
      expect(relativeError(seen, expected), what).toBeLessThan(1e-4)

    const [losses, lengths, fingerprints]: number[][] = [[], [], []]
    for (const task of [0, 1]) {
      await arrive(method, network, task)
      if (task === 0) {
        const flat = await network.weights()
        const parts = partsOf(flat)
        for (const [tensor, { data }] of wanted.group('weights at the start')) {
          const own = called(tensor)
          own.forEach((part, i) => {
            parts
              .get(part)!
              .set(data.subarray((i * data.length) / own.length, ((i + 1) * data.length) / own.length))
          })
        }
        await network.setWeights(flat)
      }
      const [stage] = method.stages({ index: task, classes: [3 * task, 3 * task + 1, 3 * task + 2] })
      await learn(stage, task, async (loss) => {
        losses.push(loss)
        const seen = [...(await seenOf()).values()]
        lengths.push(Math.hypot(...seen.flatMap((tensor) => [...tensor])))
        fingerprints.push(fingerprint(seen))
      })
      const seen = await seenOf()
      for (const [tensor, { data }] of wanted.group(`weights after task ${task}`)) {
        expectNear(seen.get(tensor)!, data, `${tensor} after task ${task}`)
      }
      const scores = wanted.group(`scores after task ${task}`).get('scores')!.data
      expectNear((await method.predict(numbered(stream.test))).head, scores, `scores after task ${task}`)
    }
    expectNear(losses, wanted.losses, 'losses')
    expectNear(lengths, wanted.lengths, 'lengths')
    expectNear(fingerprints, wanted.fingerprints, 'fingerprints')
  },
)
