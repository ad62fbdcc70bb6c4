import { cosines } from './cosines.ts'
import { clampedByte, type FakeMaker, side } from './maker.ts'

const block = 8
const transform = cosines(block)

/** The steps of the JPEG standard's annex K, brightness and colour, row by row. */
const brightness = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
]
const colour = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
]

/** libjpeg's quality, 1 … 100. */
const quality = 60
const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality

/**
 * As a lossy code leaves it: JPEG in blocks of 8, colour at half the size. Blocks show, and ring inside.
 * @source ITU-T T.81, annex K; the conversion of colours as in JFIF 1.02, with 16 bits behind the point.
 */
export const recompressed: FakeMaker = {
  name: 'recompressed',
  make(pixels) {
    const size = side * side
    const [y, blue, red] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)]
    for (let i = 0; i < size; i++) {
      const [r, g, b] = [pixels[i], pixels[size + i], pixels[2 * size + i]]
      y[i] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16
      blue[i] = ((-11059 * r - 21709 * g + 32768 * b + 32768) >> 16) + 128
      red[i] = ((32768 * r - 27439 * g - 5329 * b + 32768) >> 16) + 128
    }
    const light = coded(y, side, brightness)
    const blues = coded(halved(blue), side / 2, colour)
    const reds = coded(halved(red), side / 2, colour)
    const made = new Uint8Array(pixels.length)
    for (let i = 0; i < size; i++) {
      const half = (Math.floor(i / side) >> 1) * (side / 2) + ((i % side) >> 1)
      const [b, r] = [blues[half] - 128, reds[half] - 128]
      made[i] = clampedByte(light[i] + ((91881 * r + 32768) >> 16))
      made[size + i] = clampedByte(light[i] - ((22554 * b + 46802 * r + 32768) >> 16))
      made[2 * size + i] = clampedByte(light[i] + ((116130 * b + 32768) >> 16))
    }
    return made
  },
}

/** A plane through blocks, steps and back. */
function coded(plane: Int32Array, width: number, steps: readonly number[]): Int32Array {
  const out = new Int32Array(plane.length)
  const centred = plane.map((value) => value - 128)
  for (let top = 0; top < width; top += block) {
    for (let left = 0; left < width; left += block) {
      const coefficients = transform.forward(centred, top * width + left, width)
      for (let i = 0; i < coefficients.length; i++) {
        const step = 16 * Math.min(255, Math.max(1, Math.floor((steps[i] * scale + 50) / 100)))
        coefficients[i] = step * Math.floor(coefficients[i] / step + 0.5)
      }
      const values = transform.back(coefficients)
      for (let i = 0; i < values.length; i++) {
        out[(top + Math.floor(i / block)) * width + left + (i % block)] = clampedByte(values[i] + 128)
      }
    }
  }
  return out
}

/** Means of squares of four. */
function halved(plane: Int32Array): Int32Array {
  const half = side / 2
  return Int32Array.from({ length: half * half }, (_, i) => {
    const at = Math.floor(i / half) * 2 * side + (i % half) * 2
    return (plane[at] + plane[at + 1] + plane[at + side] + plane[at + side + 1] + 2) >> 2
  })
}
