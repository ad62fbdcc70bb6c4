import { type Chance, chance } from '../../tensor/index.ts'
import { between, type Colour } from './colour.ts'
import { type Look, painters } from './looks.ts'
import { kinds } from './outlines.ts'

const side = 32
/** Points looked at in each pixel, a side. */
const fine = 2
const grid = side * fine

/** Middle of a fine step on the picture, whose sides are −1 and 1. */
const onPicture = (step: number): number => (2 * step + 1) / grid - 1

/**
 * Draws one picture of a kind in a look: place, size, turn, lean, colours, light and grain are drawn by chance.
 *
 * Only + − × ÷ and square roots of float64 and whole numbers are used, which every JavaScript engine rounds alike, so
 * equal names give equal bytes on every machine.
 *
 * @param number which picture; every number gives another one.
 * @returns [3, 32, 32] planar uint8.
 */
export function draw(split: string, kind: number, look: Look, number: number): Uint8Array {
  const random = chance('shapes-20', split, kinds[kind].name, look, number)
  const isInside = kinds[kind].inside
  const paint = painters[look](kinds[kind], random)
  const { xx, xy, x0, yx, yy, y0 } = pose(random)
  const inside = new Uint8Array(grid * grid)
  for (let row = 0, i = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++, i++) {
      const x = onPicture(column)
      const y = onPicture(row)
      inside[i] = isInside(xx * x + xy * y + x0, yx * x + yy * y + y0) ? 1 : 0
    }
  }
  const edge = paint.line === null ? undefined : edgeOf(inside)
  const sums = new Float64Array(3 * side * side)
  for (let row = 0, i = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++, i++) {
      const x = onPicture(column)
      const y = onPicture(row)
      let here: Colour
      if (edge?.[i] && paint.line !== null) here = paint.line
      else if (inside[i]) here = paint.body(xx * x + xy * y + x0, yx * x + yy * y + y0)
      else here = paint.ground(x, y)
      const pixel = Math.floor(row / fine) * side + Math.floor(column / fine)
      for (let c = 0; c < 3; c++) sums[c * side * side + pixel] += here[c]
    }
  }
  const pixels = new Uint8Array(3 * side * side)
  const noise = grain(random)
  for (let pixel = 0; pixel < side * side; pixel++) {
    const shared = paint.grain * noise()
    for (let c = 0; c < 3; c++) {
      const at = c * side * side + pixel
      const value = sums[at] / (fine * fine) + shared + 0.4 * paint.grain * noise()
      pixels[at] = Math.min(255, Math.max(0, Math.round(255 * value)))
    }
  }
  return pixels
}

/**
 * Numbers near 0 with deviation 1: the four bytes of one 32-bit draw added up. A picture needs four thousand, so
 * they come from a small generator of their own (mulberry32, Tommy Ettinger, public domain).
 */
function grain(random: Chance): () => number {
  let state = random.below(4_294_967_296)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    t ^= t >>> 14
    return ((t & 255) + ((t >>> 8) & 255) + ((t >>> 16) & 255) + (t >>> 24) - 510) / 147.8
  }
}

/** x′ = xx·x + xy·y + x0 and y′ = yx·x + yy·y + y0: from picture coordinates to the shape's own. */
interface Pose {
  xx: number
  xy: number
  x0: number
  yx: number
  yy: number
  y0: number
}

/** Place, size, turn and lean of the shape. */
function pose(random: Chance): Pose {
  const size = between(random, 0.6, 0.88)
  const stretch = between(random, 0.85, 1.18)
  const lean = between(random, -0.15, 0.15)
  const room = 0.95 - size
  const left = between(random, -room, room)
  const top = between(random, -room, room)
  // A turn by 2·atan(t), written without a sine: at most ±25°.
  const t = between(random, -0.22, 0.22)
  const cosine = (1 - t * t) / (1 + t * t)
  const sine = (2 * t) / (1 + t * t)
  const across = 1 / (size * stretch)
  const down = stretch / size
  const xx = cosine * across
  const xy = (sine + lean) * down
  const yx = -sine * across
  const yy = cosine * down
  return { xx, xy, x0: -(xx * left + xy * top), yx, yy, y0: -(yx * left + yy * top) }
}

/** Points within a pixel of the outline. */
function edgeOf(inside: Uint8Array): Uint8Array {
  const edge = new Uint8Array(inside.length)
  for (let row = 0, i = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++, i++) {
      const right = column + 2 < grid ? inside[i + 2] : inside[i]
      const below = row + 2 < grid ? inside[i + 2 * grid] : inside[i]
      const left = column >= 2 ? inside[i - 2] : inside[i]
      const above = row >= 2 ? inside[i - 2 * grid] : inside[i]
      edge[i] =
        right !== inside[i] || below !== inside[i] || left !== inside[i] || above !== inside[i] ? 1 : 0
    }
  }
  return edge
}
