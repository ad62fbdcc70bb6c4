import type { Chance } from '../tensor/index.ts'
import type { Colour } from './colour.ts'
import { grain } from './grain.ts'
import type { Inside } from './inside.ts'
import { drawnPose } from './pose.ts'
import type { Paint } from './surfaces.ts'

const side = 32
/** Points looked at in each pixel, a side. */
const fine = 2
const grid = side * fine

/** Middle of a fine step on the picture, whose sides are −1 and 1. */
const onPicture = (step: number): number => (2 * step + 1) / grid - 1

/**
 * Draws one picture of a painted outline; place, size, turn, lean and grain are drawn by chance, in this order.
 *
 * Only + − × ÷ and square roots of float64 and whole numbers are used, which every JavaScript engine rounds alike: if
 * outline and paint keep to them too, equal chance gives equal bytes on every machine.
 *
 * @returns [3, 32, 32] planar uint8.
 */
export function render(isInside: Inside, paint: Paint, random: Chance): Uint8Array {
  const { xx, xy, x0, yx, yy, y0 } = drawnPose(random)
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
