import { adamW, cosine, crossEntropy, type Group, learner, oneHot } from '../learner/index.ts'
import { readModel, withOutputs, writeModel } from '../onnx/index.ts'
import { chance } from '../tensor/index.ts'
import { draw, side } from './draw.ts'
import { glyphs } from './glyphs.ts'

export interface Pretraining {
  name: string
  /** The network before training, a model's bytes. */
  network: Uint8Array
  /** Steps of `batch` pictures, which are drawn for it and seen once. */
  steps: number
  batch: number
  /** Highest rate of AdamW; climbs over a twentieth of the steps and falls along a cosine. */
  rate: number
  onStep?(at: { step: number; loss: number; accuracy: number }): void
}

const size = 3 * side * side

/**
 * Trains a network to tell the glyphs apart, with Streambed's own learner, and gives it back without its head.
 *
 * Everything is drawn from seeds and one thread computes: equal calls give equal bytes on one machine, with one version
 * of Streambed and of the runtime. Elsewhere the last bit of a sum may be rounded otherwise, from which the weights part
 * slowly: as good a network, of other bytes.
 * @returns a model's bytes: `image` [batch, 3, 32, 32] float32 in, `embedding` out.
 */
export async function pretrained({
  name,
  network,
  steps,
  batch,
  rate,
  onStep,
}: Pretraining): Promise<Uint8Array> {
  const learned = await learner({
    model: readModel(network, name),
    head: { kind: 'linear', classes: glyphs.length },
    trainable: 'all',
    batchNorm: 'training',
    loss: crossEntropy(),
    optimiser: adamW({ rate, weightDecay: 0.05 }),
    groups,
    clip: 5,
    batch,
    threads: 1,
    seed: name,
  })
  const schedule = cosine({ peak: rate, warmUp: Math.ceil(steps / 20), total: steps })
  const random = chance(name, 'classes')
  for (let step = 0; step < steps; step++) {
    const labels = Array.from({ length: batch }, () => random.below(glyphs.length))
    const image = fed(labels.map((glyph, i) => draw('train', glyph, step * batch + i)))
    const targets = oneHot(labels, glyphs.length)
    const at = { step, task: 0, steps, overall: step }
    const { loss, scores } = await learned.step(
      { inputs: { image }, targets: { targets } },
      { rate: schedule.rate(at) },
    )
    onStep?.({ step, loss, accuracy: accuracy(scores, labels) })
  }
  const bytes = learned.export()
  await learned.release()
  return writeModel(withOutputs(readModel(bytes, name), ['embedding']))
}

/** Weights of products shrink; gains, biases, positions and the class token do not. */
const groups: readonly Group[] = [
  { name: 'shrinking', match: (weight) => weight.endsWith('.weight') && !weight.includes('norm') },
  { name: 'free', match: () => true, weightDecay: 0 },
]

/** Pictures as the network takes them: (v / 255 − 0.5) / 0.25. */
export function fed(pictures: readonly Uint8Array[]): Float32Array {
  const image = new Float32Array(pictures.length * size)
  for (const [i, picture] of pictures.entries()) {
    for (let j = 0; j < size; j++) image[i * size + j] = (picture[j] / 255 - 0.5) / 0.25
  }
  return image
}

function accuracy(scores: Float32Array, labels: readonly number[]): number {
  const right = labels.filter((label, i) => {
    const row = scores.subarray(i * glyphs.length, (i + 1) * glyphs.length)
    return row.every((score) => score <= row[label])
  })
  return right.length / labels.length
}
