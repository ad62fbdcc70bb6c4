import { expect, test } from 'vitest'
import { resampleWeights } from '../../src/pictures/index.ts'
import { atInputSize, findBlocks, withLora, withPrompts } from '../../src/rewriting/index.ts'
import { chance } from '../../src/tensor/index.ts'
import { type Style, small, smallVit } from '../fixtures/small-vits.ts'
import { forward, type Rows, table } from './reference.ts'
import { apart, outputOf, pictures, shaken } from './running.ts'

const styles: Style[] = ['fused', 'torch', 'interleaved']

/** The class token's row, then the grid resampled down and across. */
function resampled(position: Rows, to: number, filter: 'bilinear' | 'bicubic', antialias = false): Rows {
  const w = resampleWeights(small.grid, to, { filter, antialias, alignCorners: false })
  const [own, ...map] = position
  const side = Array.from({ length: to }, (_, i) => i)
  const old = Array.from({ length: small.grid }, (_, i) => i)
  const at = (y: number, x: number, c: number) =>
    old.reduce(
      (sum, v) => sum + old.reduce((part, u) => part + w[y * 3 + v] * w[x * 3 + u] * map[v * 3 + u][c], 0),
      0,
    )
  return [own, ...side.flatMap((y) => side.map((x) => own.map((_, c) => at(y, x, c))))]
}

test.each(styles)(
  'a ViT for larger and smaller pictures, its position embedding resampled (%s)',
  async (style) => {
    const model = smallVit(style)
    const vit = await findBlocks(model)
    const position = table(model, 'pos')
    for (const [side, filter, antialias] of [
      [20, 'bicubic', false],
      [8, 'bilinear', false],
      [8, 'bicubic', true],
    ] as const) {
      const sized = await atInputSize(model, vit, { height: side, width: side, filter, antialias })
      expect(sized.graph.inputs[0].shape).toEqual(['batch', 3, side, side])
      const pixels = pictures(2, side)
      const picture = pixels.data.subarray(3 * side * side) as Float32Array
      const expected = forward(smallVit('fused'), picture, side, {
        position: resampled(position, side / small.patch, filter, antialias),
      })
      expect(apart((await outputOf(sized, { pixels })).subarray(small.width), expected)).toBeLessThan(1e-5)
    }
  },
)

test.each(styles)('the size it has already changes nothing (%s)', async (style) => {
  const model = smallVit(style)
  const same = await atInputSize(model, await findBlocks(model), { height: 12, width: 12 })
  const pixels = pictures(1, small.image)
  expect(await outputOf(same, { pixels }, 'plainly')).toEqual(await outputOf(model, { pixels }, 'plainly'))
})

test.each(styles)('rewrites go on top of one another, by the names first found (%s)', async (style) => {
  const model = smallVit(style)
  const vit = await findBlocks(model)
  const sized = await atInputSize(model, vit, { height: 8, width: 8, filter: 'bilinear' })
  const lora = withLora(sized, vit, { rank: 2, at: ['q', 'v', 'fc1'], random: chance(0) })
  const prompted = shaken(await withPrompts(lora.model, vit, { tokens: 2, depth: 'deep', random: chance(1) }))
  const pixels = pictures(1, 8)
  const expected = forward(smallVit('fused'), pixels.data as Float32Array, 8, {
    position: resampled(table(model, 'pos'), 2, 'bilinear'),
    before: (block, x) => [...x, ...table(prompted, `prompt.${block}`)],
    after: (_, x) => x.slice(0, 5),
  })
  expect(apart(await outputOf(prompted, { pixels }), expected)).toBeLessThan(1e-5)
})

test('a position embedding that the graph itself fits to the picture does so for any picture', async () => {
  for (const open of [false, true]) {
    const model = smallVit('fused', { resizedPosition: 'to the picture', open })
    const vit = await findBlocks(model, { height: small.image, width: small.image })
    expect(vit.position).toBe('pos')
    for (const side of [small.image, 8, 20]) {
      const pixels = pictures(1, side)
      const position = resampled(table(model, 'pos'), side / small.patch, 'bicubic', true)
      const expected = forward(model, pixels.data as Float32Array, side, { position })
      const sized = await atInputSize(model, vit, { height: side, width: side })
      expect(apart(await outputOf(sized, { pixels }), expected)).toBeLessThan(1e-5)
    }
  }
})

test('one that the graph resizes to a number written in it is resampled behind that', async () => {
  const model = smallVit('fused', { resizedPosition: 'to a size' })
  const sized = await atInputSize(model, await findBlocks(model), { height: 20, width: 20 })
  const pixels = pictures(1, 20)
  const position = resampled(table(model, 'pos'), 5, 'bicubic')
  const expected = forward(model, pixels.data as Float32Array, 20, { position })
  expect(apart(await outputOf(sized, { pixels }), expected)).toBeLessThan(1e-5)
})

test('sides that patches do not fill are refused', async () => {
  const model = smallVit('fused')
  await expect(atInputSize(model, await findBlocks(model), { height: 12, width: 13 })).rejects.toMatchObject({
    code: 'input-not-patches',
    what: 'Pictures of 13×12 were asked for, which patches of 4×4 do not fill.',
  })
})
