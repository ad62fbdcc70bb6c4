import { expect, test } from 'vitest'
import { kinds } from '../../src/datasets/drawing/outlines.ts'
import type { Inside } from '../../src/drawing/index.ts'
import { draw } from '../../src/pretraining/draw.ts'
import { glyphs } from '../../src/pretraining/glyphs.ts'

const fine = 64

/** The places of a fine grid that lie inside. */
function maskOf(inside: Inside): boolean[] {
  const at = (step: number) => (2 * step + 1) / fine - 1
  return Array.from({ length: fine * fine }, (_, i) => inside(at(i % fine), at(Math.floor(i / fine))))
}

/** Places inside both over places inside either. */
function likeness(a: readonly boolean[], b: readonly boolean[]): number {
  const count = (inside: (i: number) => boolean) => a.filter((_, i) => inside(i)).length
  return count((i) => a[i] && b[i]) / count((i) => a[i] || b[i])
}

const outlines = glyphs.filter((_, i) => i % 2 === 0).map(({ inside }) => maskOf(inside))
const shapes = kinds.map(({ inside }) => maskOf(inside))

test('128 classes are 64 outlines in two coats each, half a circle of hues apart', () => {
  expect(glyphs).toHaveLength(128)
  for (let i = 0; i < glyphs.length; i += 2) {
    const [one, other] = [glyphs[i], glyphs[i + 1]]
    expect(one.inside).toBe(other.inside)
    expect(one.filling).not.toBe(other.filling)
    expect(other.hue - one.hue).toBeCloseTo(0.5)
  }
})

test('no glyph has the outline of a class of Shapes-20: the most alike share 71 % of what either covers', () => {
  const nearest = outlines.map((glyph) => Math.max(...shapes.map((shape) => likeness(glyph, shape))))
  expect(Math.max(...nearest)).toBeLessThan(0.72)
  // what one outline in two classes, or two classes that are hard to tell apart, would give
  expect(likeness(shapes[0], shapes[0])).toBe(1)
  const pairs = shapes.flatMap((a, i) => shapes.slice(0, i).map((b) => likeness(a, b)))
  expect(Math.max(...pairs)).toBeGreaterThan(0.89)
})

test('no two glyphs have one outline', () => {
  const pairs = outlines.flatMap((a, i) => outlines.slice(0, i).map((b) => likeness(a, b)))
  expect(Math.max(...pairs)).toBeLessThan(0.9)
})

test('every outline covers between a twelfth and three quarters of its square', () => {
  const shares = outlines.map((mask) => mask.filter(Boolean).length / mask.length)
  expect(Math.min(...shares)).toBeGreaterThan(1 / 12)
  expect(Math.max(...shares)).toBeLessThan(3 / 4)
})

test('a picture is the same bytes each time, and another number or split another picture', () => {
  const picture = draw('train', 3, 7)
  expect(picture).toHaveLength(3 * 32 * 32)
  expect(draw('train', 3, 7)).toEqual(picture)
  expect(draw('train', 3, 8)).not.toEqual(picture)
  expect(draw('test', 3, 7)).not.toEqual(picture)
})
