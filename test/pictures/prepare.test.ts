import { expect, test } from 'vitest'
import {
  centreCrop,
  hostPrepares,
  type Picture,
  type Preprocessing,
  prepare,
  preprocessingPreset,
  preprocessingPresets,
  resizedSize,
  resizePil,
} from '../../src/pictures/index.ts'

const aper = preprocessingPreset('aper-224')

/** Interleaved noise-like picture. */
function picture(width: number, height: number): Picture {
  const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 89 + (i >> 5) * 31) % 256)
  return { width, height, pixels, planar: false }
}

function planes({ width, height, pixels }: Picture): Uint8Array {
  return Uint8Array.from(
    pixels,
    (_, i) => pixels[(i % (width * height)) * 3 + Math.floor(i / (width * height))],
  )
}

test('the centre crop of a crop is computed alone and equals the crop of the whole', () => {
  const shown = picture(97, 61)
  const made = prepare(shown, aper)
  const { width, height } = resizedSize(shown, aper)
  expect([width, height]).toEqual([407, 256]) // 256 · 97 / 61 = 407.08, cut down as torchvision does
  const whole = resizePil(planes(shown), 97, 61, width, height, 'bicubic')
  const window = centreCrop({ width, height }, 224)
  expect(window).toEqual({ left: 92, top: 16, width: 224, height: 224 }) // 91.5 goes to the even 92
  for (const [c, y, x] of [
    [0, 0, 0],
    [1, 100, 7],
    [2, 223, 223],
  ]) {
    expect(made.pixels[(c * 224 + y) * 224 + x]).toBe(
      whole[(c * height + y + window.top) * width + x + window.left],
    )
  }
})

test.each([
  [500, 33],
  [33, 500],
  [1, 1],
  [2000, 1],
  [1, 2000],
])('a picture of %i×%i pixels is cropped without the wide picture in between', (width, height) => {
  const before = process.memoryUsage().arrayBuffers
  const began = performance.now()
  const made = prepare(picture(width, height), aper)
  expect([made.width, made.height, made.pixels.length]).toEqual([224, 224, 3 * 224 * 224])
  // 2000×1 would be 512,000×256: 393 MB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30e6)
  expect(performance.now() - began).toBeLessThan(5000)
})

test('a crop larger than the picture is refused and not padded with black', () => {
  expect(() => prepare(picture(32, 32), { ...aper, resize: null })).toThrow(
    /32×32 pixels has no centre crop of 224/,
  )
})

test('the graph resizes only what loses nothing there: one size, exact, real numbers, no crop', () => {
  const nmc = preprocessingPreset('nmc-224')
  const square = { width: 32, height: 32 }
  expect(hostPrepares(square, nmc)).toBe(false)
  expect(hostPrepares(square, { ...nmc, resize: null })).toBe(false)
  expect(hostPrepares('varied', nmc)).toBe(true)
  expect(hostPrepares(square, { ...nmc, crop: 224 })).toBe(true)
  expect(hostPrepares(square, preprocessingPreset('coda-224'))).toBe(true)
  expect(hostPrepares(square, preprocessingPreset('clofai-32'))).toBe(true)
})

test('real numbers are rounded once, half to even, and kept within 0 and 255', () => {
  const shown: Picture = { width: 2, height: 1, pixels: Uint8Array.of(0, 0, 0, 2, 5, 255), planar: false }
  const resize = {
    rule: 'exact',
    size: 4,
    filter: 'bilinear',
    antialias: false,
    alignCorners: false,
  } as const
  const how: Preprocessing = { ...aper, crop: null, resize: { ...resize, arithmetic: 'float' } }
  const made = prepare(shown, how)
  expect([...made.pixels.subarray(0, 4)]).toEqual([0, 0, 2, 2]) //    0, 0.5, 1.5, 2
  expect([...made.pixels.subarray(16, 20)]).toEqual([0, 1, 4, 5]) //  0, 1.25, 3.75, 5
})

test('every preset is named once and says where it comes from', () => {
  const names = preprocessingPresets().map((preset) => preset.name)
  expect(new Set(names).size).toBe(names.length)
  for (const preset of preprocessingPresets()) expect(preset.source).toMatch(/arXiv:\d{4}\.\d{5}/)
})

test('a mistyped preset is answered with the nearest', () => {
  expect(() => preprocessingPreset('aper224')).toThrow(
    expect.objectContaining({ code: 'unknown-preprocessing', mend: expect.stringContaining('aper-224?') }),
  )
})
