import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../src/files/index.ts'
import { numbersOf, readModel } from '../../src/onnx/index.ts'
import { draw, side } from '../../src/pretraining/draw.ts'
import { glyphs } from '../../src/pretraining/glyphs.ts'
import { fed, pretrained } from '../../src/pretraining/pretrain.ts'
import { recipes } from '../../src/pretraining/recipes.ts'
import { batchNorms, findBlocks } from '../../src/rewriting/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'

const committed = (name: string) => readFileSync(join(packageRoot, `src/backbones/${name}.onnx`))
const modelOf = (name: string) => readModel(committed(name), name)

/** Nodes, and name and size of each weight, without the values. */
function plan(bytes: Uint8Array) {
  const { graph } = readModel(bytes, 'a network')
  const tables = [...graph.initializers].map(([name, { dims }]) => `${name} [${dims}]`)
  return {
    nodes: graph.nodes.map(({ op, inputs, outputs }) => `${outputs} = ${op} ${inputs}`),
    tables: tables.sort(),
  }
}

test.each(recipes)(
  'the committed $name is built as its recipe says, and weighs under 400 KB',
  ({ name, network }) => {
    expect(plan(committed(name))).toEqual(plan(network))
    expect(committed(name).length).toBeLessThan(400_000)
  },
)

test.each(recipes)(
  'every weight of the committed $name is another than before it learned',
  ({ name, network }) => {
    const before = readModel(network, name).graph.initializers
    for (const [weight, proto] of modelOf(name).graph.initializers) {
      if (proto.dims.length === 0 || proto.dataType !== 1) continue // numbers of a formula, shapes
      expect(numbersOf(proto, name).data, weight).not.toEqual(numbersOf(before.get(weight)!, name).data)
    }
  },
)

test('mini-vit has four blocks of three heads that rewriting finds, on an 8 × 8 grid and a class token', async () => {
  const vit = await findBlocks(modelOf('mini-vit'))
  expect([vit.blocks.length, vit.width, vit.tokens, vit.grid]).toEqual([4, 48, 65, { height: 8, width: 8 }])
  expect(vit.blocks.map(({ heads }) => heads)).toEqual([3, 3, 3, 3])
  expect([vit.classToken, vit.position, vit.patches.weight, vit.norm?.gain]).toEqual([
    'cls_token',
    'pos_embed',
    'patch_embed.weight',
    'norm.weight',
  ])
})

test('mini-resnet has a batch normalisation behind each of its ten convolutions', () => {
  const model = modelOf('mini-resnet')
  expect(batchNorms(model)).toHaveLength(10)
  expect(model.graph.nodes.filter(({ op }) => op === 'Conv')).toHaveLength(10)
})

test.each(recipes)('pretraining $name twice gives equal bytes', async ({ name, network, batch, rate }) => {
  const losses: number[] = []
  const short = {
    name,
    network,
    batch,
    rate,
    steps: 3,
    onStep: ({ loss }: { loss: number }) => void losses.push(loss),
  }
  const [one, other] = [await pretrained(short), await pretrained(short)]
  expect(Buffer.compare(one, other)).toBe(0)
  expect(losses[0]).toBeCloseTo(Math.log(glyphs.length), 0) // as for a network that knows nothing
})

test.each(recipes)(
  'the committed $name tells pictures of glyphs apart that it never saw',
  async ({ name }) => {
    const session = await openSession(committed(name), { threads: 1, label: name })
    const classes = Array.from({ length: 64 }, (_, i) => 2 * i)
    const embedded = async (each: number, first: number) => {
      const pictures = classes.flatMap((glyph) =>
        Array.from({ length: each }, (_, i) => draw('test', glyph, first + i)),
      )
      const image = new Tensor('float32', fed(pictures), [pictures.length, 3, side, side])
      const { embedding } = await session.run({ image })
      const [, width] = embedding.dims
      return pictures.map((_, i) =>
        unit(Float64Array.from((embedding.data as Float32Array).slice(i * width, (i + 1) * width))),
      )
    }
    const [known, asked] = [await embedded(5, 0), await embedded(2, 5)]
    await session.release()
    const means = classes.map((_, at) => known[5 * at].map((_, j) => sum(known.slice(5 * at, 5 * at + 5), j)))
    const answers = asked.map((vector) => {
      const near = means.map((mean) => mean.reduce((dot, value, j) => dot + value * vector[j], 0))
      return near.indexOf(Math.max(...near))
    })
    const right = answers.filter((answer, i) => answer === Math.floor(i / 2)).length
    expect(right / answers.length).toBeGreaterThan(0.4) // one in 64 by chance
  },
)

function unit(vector: Float64Array): Float64Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

function sum(vectors: readonly Float64Array[], j: number): number {
  return vectors.reduce((total, vector) => total + vector[j], 0)
}
