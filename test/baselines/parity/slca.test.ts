import { expect, test } from 'vitest'
import { slca } from '../../../baselines/slca.ts'
import { slcaPlusPlus } from '../../../baselines/slca-plus-plus.ts'
import type { AlignedHead, Method, Network, OptionValue, OwnStage, Stage } from '../../../src/method/index.ts'
import { findBlocks, withLora } from '../../../src/rewriting/index.ts'
import { cholesky } from '../../../src/runtime/index.ts'
import { type Chance, chance } from '../../../src/tensor/index.ts'
import { arrive, begun, layoutOf, learn, numbered, oracleBackbone, passOver } from './deep.ts'
import {
  backbone,
  fingerprint,
  type Golden,
  golden,
  goldens,
  relativeError,
  type Subject,
  stream,
} from './golden.ts'

const d = 16
const from64 = (values: ArrayLike<number>) => Float64Array.from(values)

/** The chance that the oracle had: normal numbers and an order that give its samples again. */
async function asTheOracleDrew(wanted: Golden, task: number, epoch: number): Promise<Chance> {
  const each: number = wanted.settings.samples_per_class
  const K = 3 * task + 3
  const labels: number[] = wanted.facts.sample_labels[task - 1][epoch]
  const samples = wanted.group(`samples after task ${task}`).get('samples')!.data
  const lots: number[] | undefined = wanted.facts.sample_lots?.[task - 1][epoch]
  const means = Float32Array.from(
    lots
      ? [...Array(task + 1).keys()].flatMap((t) => [
          ...wanted.group(`statistics of task ${t}`).get('means')!.data,
        ])
      : wanted.group(`scaled means after task ${task}`).get('means')!.data,
  )
  const factors = await Promise.all(
    Array.from({ length: K }, (_, c) => {
      const covariances = wanted.group(`statistics of task ${Math.floor(c / 3)}`).get('covariances')!.data
      return cholesky(from64(covariances.subarray((c % 3) * d * d, ((c % 3) + 1) * d * d)), d)
    }),
  )
  const taken = new Array<number>(K).fill(0)
  const places = new Uint32Array(K * each)
  const normals = new Float64Array(K * each * d)
  const floats = new Float64Array(K * each)
  labels.forEach((c, place) => {
    const own = c * each + taken[c]++
    places[own] = place
    floats[own] = lots?.[place] ?? 0
    const r = 0.02 + 0.02 * (floats[own] - 0.5)
    const longer = lots ? 1 + r * (task - Math.floor(c / 3)) : 1
    // L z = x − μ, from the top down.
    for (let i = 0; i < d; i++) {
      let rest = longer * samples[(epoch * K * each + place) * d + i] - means[c * d + i]
      for (let j = 0; j < i; j++) rest -= factors[c][i * d + j] * normals[own * d + j]
      normals[own * d + i] = rest / factors[c][i * d + i]
    }
  })
  let [at, lot] = [0, 0]
  return {
    ...chance('oracle'),
    permutation: () => places,
    normal: () => normals[at++],
    float: () => floats[lot++],
  }
}

const common = (settings: Golden['settings']) => ({
  learningRate: settings.lr,
  backboneRate: settings.backbone_factor,
  weightDecay: settings.weight_decay,
  batch: 8,
  epochs: 5,
  temperature: settings.tau,
  samples: settings.samples_per_class,
  alignmentEpochs: settings.alignment_epochs,
  alignmentRate: settings.alignment_lr,
})

interface Variant {
  method: object
  options(wanted: Golden): Record<string, OptionValue>
  layout(wanted: Golden): ReturnType<typeof layoutOf>
}

const variants: Readonly<Record<string, Variant>> = {
  slca: {
    method: slca,
    options: ({ settings, batchNorm }) => ({
      ...common(settings),
      drops: `${settings.drop_at}`,
      batchNorm: batchNorm ?? 'frozen',
    }),
    layout: ({ network }) => layoutOf(network),
  },
  'slca-plus-plus': {
    method: slcaPlusPlus,
    options: ({ settings }) => ({
      ...common(settings),
      loraRate: settings.lora_factor,
      floor: settings.floor,
      rank: settings.rank,
      scale: settings.scale,
      crossEntropy: settings.a,
      reverse: settings.b,
      shortening: settings.shortening,
    }),
    async layout(wanted) {
      const vit = backbone(wanted.network)
      const rewritten = withLora(vit, await findBlocks(vit), {
        rank: wanted.settings.rank,
        alpha: wanted.settings.scale * wanted.settings.rank,
        at: ['q', 'k', 'v', 'fc1', 'fc2'],
        random: chance('twin'),
      })
      const moving = wanted.group('weights after task 0')
      return layoutOf(wanted.network, { rewritten, trains: (name) => moving.has(name) })
    },
  },
}

const all = Object.keys(variants).flatMap((name) =>
  goldens[name].map((subject): [string, Subject] => [name, subject]),
)

test.each(all)(
  '%s on %s: both stages as PyTorch takes them, and the next task from the head before alignment',
  async (name, subject) => {
    const wanted = golden(name, subject)
    const { method: tested, options, layout } = variants[name]
    const { settings } = wanted
    const draws = new Map<string, Chance>()
    for (const task of [1, 2]) {
      for (let epoch = 0; epoch < settings.alignment_epochs; epoch++) {
        const drawn = await asTheOracleDrew(wanted, task, epoch)
        draws.set(`features of task ${task}, drawing ${epoch}`, drawn)
      }
    }
    const method = await begun(tested as Method, wanted.network, {
      options: options(wanted),
      random: (purpose) => draws.get(purpose)!,
    })
    const network = method.parts.network as Network
    const weightsIn = await layout(wanted)
    const [losses, fingerprints, alignment]: [number[], number[], number[][]] = [[], [], []]
    for (const task of [0, 1, 2]) {
      await arrive(method, network, task)
      if (task === 0 && name !== 'slca') {
        const flat = await network.weights()
        const put = wanted.group('weights at the start')
        for (const [part, { data }] of put) weightsIn(flat).get(part)!.set(data)
        await network.setWeights(flat)
      }
      const classes = [3 * task, 3 * task + 1, 3 * task + 2]
      const stages: readonly Stage[] = method.stages({ index: task, classes })
      expect(stages.map(({ name }) => name)).toEqual(
        task === 0 ? ['learn', 'statistics'] : ['learn', 'statistics', 'align'],
      )
      await learn(stages[0], task, async (loss) => {
        losses.push(loss)
        fingerprints.push(fingerprint(weightsIn(await network.weights()).values()))
      })
      const seen = weightsIn(await network.weights())
      for (const [part, { data }] of wanted.group(`weights after task ${task}`)) {
        if (!part.includes('running_')) expect(relativeError(seen.get(part)!, data), part).toBeLessThan(1e-4)
      }
      await passOver(stages[1], task)
      const images = numbered(stream.test)
      if (task === 0) {
        const { aligned, raw } = await method.predict(images)
        expect(aligned).toEqual(raw)
        continue
      }
      const own = await network.head()
      const align = stages[2] as OwnStage
      const epochs: number[] = []
      for (let step = 0; step < align.steps; step++) {
        const place = { task, epoch: 0, epochs: 1, step, steps: align.steps, overall: step }
        epochs.push((await align.stepAt(place))!.loss!)
      }
      alignment.push(epochs)
      expect(await network.head()).toEqual(own)
      const { aligned, raw } = await method.predict(images)
      const scores = wanted.group(`scores after task ${task}`).get('scores')!.data
      expect(relativeError(aligned, scores)).toBeLessThan(1e-4)
      expect(
        relativeError(raw, await network.scores(await oracleBackbone(wanted.network).rows(images))),
      ).toBeLessThan(1e-6)
      const head = wanted.group(`aligned after task ${task}`)
      const state = (method.parts.head as AlignedHead).save() as {
        head: { learner: { weights: Float32Array } }
      }
      const { weights } = state.head.learner
      const [weight, bias] = [head.get('head.weight')!.data, head.get('head.bias')!.data]
      expect(relativeError(weights.subarray(0, weight.length), weight)).toBeLessThan(1e-4)
      expect(relativeError(weights.subarray(weight.length), bias)).toBeLessThan(1e-4)
    }
    expect(relativeError(losses, wanted.losses)).toBeLessThan(1e-4)
    expect(relativeError(fingerprints, wanted.fingerprints)).toBeLessThan(1e-4)
    const told: number[][] = wanted.facts.alignment_losses
    alignment.forEach((epochs, i) => expect(relativeError(epochs, told[i])).toBeLessThan(1e-4))
  },
)
