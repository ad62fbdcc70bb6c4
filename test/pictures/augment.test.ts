import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { augmented } from '../../src/pictures/augment.ts'
import { drawView } from '../../src/pictures/draw-view.ts'
import type { Picture, TrainView } from '../../src/pictures/index.ts'
import { preprocessingPresets, trainView, trainViews, viewAt } from '../../src/pictures/index.ts'
import { type Chance, chance } from '../../src/tensor/index.ts'

interface Golden {
  cases: { view: TrainView; picture: [number, number]; numbers: number[]; sha256: string; row: number[] }[]
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/pictures/augment.json', import.meta.url), 'utf8'),
)

/** The picture of test/oracles/resize.py. */
function picture(width: number, height: number): Picture {
  const pixels = new Uint8Array(3 * width * height)
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        pixels[(c * height + y) * width + x] = (37 * x + 101 * y + 59 * c + ((x * y) % 83) * 3) % 256
      }
    }
  }
  return { width, height, pixels, planar: true }
}

/** Chance that gives listed numbers, and says how many it has left. */
function listed(numbers: readonly number[]): Chance & { left(): number } {
  const rest = [...numbers]
  const float = () => {
    const next = rest.shift()
    if (next === undefined) throw new Error('more was drawn than torchvision draws')
    return next
  }
  const below = (n: number) => Math.floor(float() * n)
  const permutation = (n: number) => {
    const order = Uint32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = below(i + 1)
      ;[order[i], order[j]] = [order[j], order[i]]
    }
    return order
  }
  const unused = () => {
    throw new Error('not asked for')
  }
  return { float, below, permutation, normal: unused, save: unused, load: unused, left: () => rest.length }
}

function showing(shown: Picture, view: TrainView, random: Chance): Uint8Array {
  const into = new Uint8Array(3 * view.size * view.size).fill(77)
  augmented(shown, view, random, into)
  return into
}

test.each(golden.cases.map((one, i) => ({ ...one, i })))(
  'showing $i, of $picture pixels, is torchvision’s to the bit from the same draws',
  ({ view, picture: [width, height], numbers, sha256, row }) => {
    const random = listed(numbers)
    const made = showing(picture(width, height), view, random)
    const middle = view.size * (view.size + Math.floor(view.size / 2))
    expect([...made.subarray(middle, middle + row.length)]).toEqual(row)
    expect(createHash('sha256').update(made).digest('hex')).toBe(sha256)
    expect(random.left()).toBe(0)
  },
)

test('interleaved pixels give what planar ones give', () => {
  const planar = picture(40, 30)
  const pixels = Uint8Array.from(planar.pixels, (_, i) => planar.pixels[(i % 3) * 1200 + Math.floor(i / 3)])
  for (const { view } of trainViews()) {
    const fits = viewAt(view, 24)
    const other = showing({ ...planar, pixels, planar: false }, fits, chance('a'))
    expect(other).toEqual(showing(planar, fits, chance('a')))
  }
})

test('the same chance shows the same, and the picture is left as it was', () => {
  const shown = picture(32, 32)
  const before = shown.pixels.slice()
  const view = trainView('slca-224-cifar')
  const [one, again, other] = ['epoch 0', 'epoch 0', 'epoch 1'].map((name) =>
    showing(shown, view, chance(name)),
  )
  expect(again).toEqual(one)
  expect(other).not.toEqual(one)
  expect(shown.pixels).toEqual(before)
})

test('over many draws a resized crop keeps to its areas, reaches every side, and flips half of them', () => {
  const view = trainView('aper-224')
  const drawn = Array.from({ length: 4000 }, (_, i) => drawView({ width: 32, height: 32 }, view, chance(i)))
  const areas = drawn.map(({ window }) => (window.width * window.height) / 1024)
  // Sides are rounded to whole pixels: 0.05 of the area is 7.16 × 7.16.
  expect(Math.min(...areas)).toBeGreaterThan(0.04)
  expect(Math.max(...areas)).toBeGreaterThan(0.9)
  for (const { window } of drawn) {
    expect(window.width / window.height).toBeGreaterThan(0.64)
    expect(window.width / window.height).toBeLessThan(1.57)
    expect(window.left + window.width).toBeLessThanOrEqual(32)
    expect(window.top + window.height).toBeLessThanOrEqual(32)
  }
  expect(drawn.some(({ window }) => window.left === 0 && window.width < 32)).toBe(true)
  expect(drawn.some(({ window }) => window.left > 0 && window.left + window.width === 32)).toBe(true)
  const flipped = drawn.filter(({ flip }) => flip).length
  expect(Math.abs(flipped - 2000)).toBeLessThan(160) // five deviations of √(4000 / 4) = 31.6
})

test('each of the 81 places of a crop with a padding of 4 is equally likely', () => {
  const counts = new Map<string, number>()
  for (let i = 0; i < 8100; i++) {
    const { window } = drawView({ width: 32, height: 32 }, trainView('mammoth-cifar10'), chance(i))
    const place = `${window.left},${window.top}`
    counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  expect(counts.size).toBe(81)
  const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0)
  expect(chiSquare).toBeLessThan(143) // 80 degrees of freedom: p = 0.00002
})

test('a view at another side shows the same part of the picture', () => {
  expect(viewAt(trainView('slca-224-cifar'), 96)).toEqual({ ...trainView('slca-224-cifar'), size: 96 })
  expect(viewAt(trainView('pycil-cifar32'), 96)).toMatchObject({
    size: 96,
    resize: { size: 96, filter: 'bilinear' },
    crop: { padding: 12 },
  })
  expect(viewAt(trainView('slca-224-fine'), 112).resize).toEqual({ size: 150, filter: 'bicubic' })
  expect(viewAt(trainView('gem-32'), 32)).toBe(trainView('gem-32'))
})

test('a picture smaller than a crop that does not resize is refused', () => {
  const into = new Uint8Array(3 * 32 * 32)
  expect(() => augmented(picture(20, 32), trainView('gem-32'), chance(0), into)).toThrow(
    expect.objectContaining({ code: 'crop-too-large' }),
  )
})

test('every view is named once, says its paper, and ends at its size', () => {
  const names = trainViews().map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { source, view } of trainViews()) {
    expect(source).toMatch(/arXiv:\d{4}\.\d{5}/)
    expect(() => showing(picture(32, 32), view, chance(0))).not.toThrow()
  }
  // A view goes with the preprocessing of its name, where there is one.
  const presets = preprocessingPresets().map(({ name }) => name)
  expect(names.filter((name) => presets.includes(name)).length).toBeGreaterThanOrEqual(8)
})

test('a mistyped view is answered with the nearest', () => {
  expect(() => trainView('slca-224-cifr')).toThrow(
    expect.objectContaining({
      code: 'unknown-train-view',
      what: expect.stringContaining('slca-224-cifar?'),
    }),
  )
})
