import { expect, test } from 'vitest'
import { checkRule, gradientsAt } from '../central-differences.ts'
import { floats, ints } from './tables.ts'

const coordinates = [
  'half_pixel',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'half_pixel_symmetric',
]

/** Larger and smaller, by whole and by broken ratios, to one pixel. */
const sizes = [
  [6, 8],
  [2, 3],
  [5, 7],
  [1, 9],
]

const resized = (attributes: Record<string, string | number>, [height, width]: readonly number[]) =>
  checkRule({
    op: 'Resize',
    attributes,
    inputs: { x: { dims: [1, 2, 3, 4] }, roi: null, scales: null, sizes: ints(1, 2, height, width) },
  })

test.each(coordinates)('resampled linearly and cubically in the coordinates %s', async (mode) => {
  for (const size of sizes) {
    await resized({ mode: 'linear', coordinate_transformation_mode: mode }, size)
    await resized({ mode: 'cubic', coordinate_transformation_mode: mode }, size)
    await resized({ mode: 'cubic', coordinate_transformation_mode: mode, exclude_outside: 1 }, size)
  }
})

test.each(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'])(
  'the nearest pixel by %s',
  async (nearest) => {
    for (const mode of coordinates) {
      for (const size of sizes) {
        await resized({ mode: 'nearest', coordinate_transformation_mode: mode, nearest_mode: nearest }, size)
      }
    }
  },
)

test.each(['linear', 'cubic'])('antialiased, %s', async (mode) => {
  for (const size of sizes) {
    for (const outside of [0, 1]) {
      await resized({ mode, antialias: 1, exclude_outside: outside }, size)
      await resized({ mode, antialias: 1, exclude_outside: outside, cubic_coeff_a: -0.5 }, size)
    }
  }
})

test('a position embedding trained through an antialiased cubic Resize', async () => {
  await checkRule({
    op: 'Resize',
    attributes: { mode: 'cubic', antialias: 1, cubic_coeff_a: -0.5, exclude_outside: 1 },
    inputs: { x: { dims: [1, 2, 7, 7] }, roi: null, scales: null, sizes: ints(1, 2, 3, 3) },
  })
})

test('scales are taken as given, not as the ratio of the sizes that they lead to', async () => {
  for (const mode of ['nearest', 'linear', 'cubic']) {
    for (const coordinate_transformation_mode of coordinates) {
      await checkRule({
        op: 'Resize',
        attributes: { mode, coordinate_transformation_mode },
        inputs: { x: { dims: [1, 1, 4, 3] }, roi: null, scales: floats(1, 1, 1.4, 2.5) },
      })
    }
  }
})

test('some axes by name, and all axes of a matrix', async () => {
  await checkRule({
    op: 'Resize',
    attributes: { mode: 'linear', axes: [3, 2] },
    inputs: { x: { dims: [1, 2, 3, 2] }, roi: null, scales: floats(2, 0.7) },
  })
  await checkRule({
    op: 'Resize',
    attributes: { mode: 'linear' },
    inputs: { x: { dims: [3, 2] }, roi: null, scales: floats(2, 3) },
  })
})

test('channels last', async () => {
  await checkRule({
    op: 'Resize',
    attributes: { mode: 'linear' },
    inputs: { x: { dims: [1, 3, 4, 2] }, roi: null, scales: null, sizes: ints(1, 5, 7, 2) },
  })
})

test.each(['not_larger', 'not_smaller'])('the aspect ratio kept, %s', async (policy) => {
  await checkRule({
    op: 'Resize',
    attributes: { mode: 'linear', axes: [2, 3], keep_aspect_ratio_policy: policy },
    inputs: { x: { dims: [1, 1, 3, 4] }, roi: null, scales: null, sizes: ints(5, 9) },
  })
})

test('a size that stays is left alone, whatever the scales say', async () => {
  await checkRule({
    op: 'Resize',
    attributes: { mode: 'linear' },
    inputs: { x: { dims: [1, 1, 4, 3] }, roi: null, scales: floats(1, 1, 1.2, 1.2) },
  })
})

test('a crop by a region is refused by name', async () => {
  const refused = gradientsAt({
    op: 'Resize',
    attributes: { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' },
    inputs: { x: { dims: [1, 1, 3, 3] }, roi: floats(0, 0, 0, 0, 1, 1, 1, 1), scales: floats(1, 1, 2, 2) },
  })
  await expect(refused).rejects.toMatchObject({ code: 'unsupported-gradient' })
  await expect(refused).rejects.toThrow(/tf_crop_and_resize/)
})
