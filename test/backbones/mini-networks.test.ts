import { expect, test } from 'vitest'
import { findBackbone, inputModel } from '../../src/backbones/index.ts'
import { draw } from '../../src/datasets/drawing/draw.ts'
import { looks } from '../../src/datasets/drawing/looks.ts'
import { kinds } from '../../src/datasets/drawing/outlines.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'

const side = 32
const size = 3 * side * side

/** `each` pictures of every kind in every look, as [count, 3, 32, 32], and the kind of each. */
function pictures(split: string, each: number) {
  const of = kinds.flatMap((_, kind) =>
    looks.flatMap((look) => Array.from({ length: each }, (_, i) => ({ kind, look, i }))),
  )
  const pixels = new Uint8Array(of.length * size)
  of.forEach(({ kind, look, i }, at) => void pixels.set(draw(split, kind, look, i), at * size))
  return { pixels, kinds: of.map(({ kind }) => kind) }
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

const distance = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0)

test.each([
  ['mini-resnet', 0.8],
  ['mini-vit', 0.55],
])(
  'class means of the embeddings of %s tell drawn shapes apart that it was not trained on',
  async (name, least) => {
    const backbone = await findBackbone(name)
    const { preprocessing } = backbone.passport
    const image = { width: side, height: side }
    const model = await inputModel(backbone, { preprocessing, image, hostPrepared: false })
    const session = await openSession(model, { threads: 1, label: name })
    const embeddings = async (pixels: Uint8Array) => {
      const count = pixels.length / size
      const { embedding } = await session.run({ pixels: new Tensor('uint8', pixels, [count, 3, side, side]) })
      const all = embedding.data as Float32Array
      return Array.from({ length: count }, (_, i) =>
        unit(all.subarray(i * backbone.dimension, (i + 1) * backbone.dimension)),
      )
    }
    const train = pictures('train', 8)
    const means = kinds.map(() => new Float32Array(backbone.dimension))
    const known = await embeddings(train.pixels)
    known.forEach((vector, i) => {
      const mean = means[train.kinds[i]]
      for (let j = 0; j < mean.length; j++) mean[j] += vector[j] / (8 * looks.length)
    })
    const asked = pictures('test', 3)
    const answers = (await embeddings(asked.pixels)).map((vector) => {
      const distances = means.map((mean) => distance(vector, mean))
      return distances.indexOf(Math.min(...distances))
    })
    await session.release()
    const right = answers.filter((answer, i) => answer === asked.kinds[i]).length
    expect(right / answers.length).toBeGreaterThan(least)
  },
)
