import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crossEntropy, type Learner, learner, oneHot, sgd } from '../../src/learner/index.ts'
import {
  countOperations,
  type Model,
  readModel,
  trainingOperations,
  withOutputs,
} from '../../src/onnx/index.ts'
import { findBlocks, weightsOf, withLora } from '../../src/rewriting/index.ts'
import { shapesOf } from '../../src/runtime/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { openScript } from './pytorch.ts'

export type Kind = 'forward' | 'full' | 'batch-statistics' | 'lora' | 'head'

/** One row of the comparison. */
export interface Case {
  /** What `--only` calls it. */
  name: string
  title: string
  network: 'vit-tiny' | 'vit-b' | 'mobilenetv2' | 'resnet18'
  kind: Kind
  /** Examples of a step. */
  batch: number
  /** Examples of one run of our graph. */
  micro: number
  /** The ratio of times, ours to PyTorch's, that we want on a quiet machine. */
  wanted: number | undefined
}

export const classes = 100
export const sides = { 'vit-tiny': 224, 'vit-b': 224, mobilenetv2: 96, resnet18: 96 } as const

const vit = (kind: Kind, title: string, wanted: number | undefined): Case => ({
  name: `vit-${kind}`,
  title: `ViT-Tiny 224, ${title}`,
  network: 'vit-tiny',
  kind,
  batch: 32,
  micro: 8,
  wanted,
})

const convolutional = (
  network: 'mobilenetv2' | 'resnet18',
  title: string,
  [frozen, training]: [number, number],
): Case[] => {
  const case_ = (kind: Kind, what: string, wanted: number): Case => ({
    name: `${network}-${kind}`,
    title: `${title} 96, ${what}`,
    network,
    kind,
    batch: 32,
    micro: 32,
    wanted,
  })
  return [
    case_('full', 'full step, BatchNorm frozen', frozen),
    case_('batch-statistics', 'full step, BatchNorm training', training),
  ]
}

export const cases: readonly Case[] = [
  vit('forward', 'forward', 0.65),
  vit('full', 'full step', 0.8),
  vit('lora', 'LoRA rank 8 on q, k, v', 0.75),
  vit('head', 'head only', undefined),
  ...convolutional('mobilenetv2', 'MobileNetV2', [1, 1.05]),
  ...convolutional('resnet18', 'ResNet-18', [1.1, 1.1]),
  {
    name: 'vit-b-full',
    title: 'ViT-B/16 224, full step of 16',
    network: 'vit-b',
    kind: 'full',
    batch: 16,
    micro: 4,
    wanted: undefined,
  },
]

const exported = new Map<string, Promise<string>>()

/** The network as an .onnx file: the real ViT-Tiny of `data`, others written by PyTorch with random weights. */
export function fileOf(network: Case['network'], { data, python }: Places): Promise<string> {
  if (network === 'vit-tiny') {
    return Promise.resolve(join(data, 'models', 'vit_tiny_patch16_224.onnx'))
  }
  let file = exported.get(network)
  if (file === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, `${network}.onnx`)
    file = openScript(python, './training.py', 2, ['export', network, path]).then((script) => {
      script?.close()
      if (script?.greeting !== 'written')
        throw new Error('PyTorch with torchvision and onnx is needed: --python')
      return path
    })
    exported.set(network, file)
  }
  return file
}

export interface Places {
  data: string
  python: string
}

/** The network as the case changes it, and which of its weights are trained beside the head. */
export async function subjectOf(
  file: string,
  { kind }: Case,
): Promise<{ model: Model; trained: Set<string> }> {
  const whole = readModel(file)
  const model = withOutputs(whole, ['features'])
  if (kind === 'lora') {
    const random = chance('bench', 0, 'lora')
    const lora = withLora(model, await findBlocks(model), { rank: 8, at: ['q', 'k', 'v'], random })
    return { model: lora.model, trained: new Set(lora.trainable.map(({ name }) => name)) }
  }
  const isFull = kind === 'full' || kind === 'batch-statistics'
  return { model, trained: new Set(isFull ? weightsOf(model).map(({ name }) => name) : []) }
}

/** Our side of a case: a learner, and a batch of noise for it. */
export async function oursOf(file: string, case_: Case, threads: number): Promise<Ours> {
  const { model, trained } = await subjectOf(file, case_)
  const { batch, micro, network, kind } = case_
  const made = await learner({
    model,
    head: { kind: 'linear', classes },
    trainable: ({ name }) => trained.has(name),
    batchNorm: kind === 'batch-statistics' ? 'training' : 'frozen',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 1e-6, momentum: 0.9 }), // weights are random: the same step forever
    batch: micro,
    threads,
    seed: 0,
  })
  const pixels = new Float32Array(batch * 3 * sides[network] ** 2)
  const random = chance('bench', 0, 'pixels')
  for (let i = 0; i < pixels.length; i++) pixels[i] = random.float()
  const inputs = { [model.graph.inputs[0].name]: pixels }
  const labels = Array.from({ length: batch }, (_, i) => i % classes)
  const targets = { targets: oneHot(labels, classes) }
  return {
    learner: made,
    trained: made.entries.reduce((sum, { length }) => sum + length, 0),
    once: async () => {
      if (kind === 'forward') await made.scores(inputs)
      else await made.step({ inputs, targets })
    },
  }
}

export interface Ours {
  learner: Learner
  /** How many numbers are trained. */
  trained: number
  once(): Promise<void>
}

/** Operations that one step asks of the network: what an update, a mask or a recomputed value costs is not in it. */
export async function operationsOf(file: string, { kind, batch }: Case): Promise<number> {
  const model = withOutputs(readModel(file), ['features'])
  const { total } = countOperations(model, await shapesOf(model, { batch }))
  const full = kind === 'full' || kind === 'batch-statistics'
  return trainingOperations([{ forward: total, trained: full, passed: full || kind === 'lora' }]).total
}
