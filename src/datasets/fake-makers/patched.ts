import { type FakeMaker, side } from './maker.ts'

/** Squares that are replaced, and their side in pixels. */
const holes = 4
const width = 10

/**
 * As a model that fills in leaves it: four squares are forgotten and filled from their rims, smoother than what stood
 * there. Where they lie is drawn for each picture, and three fifths of it stay real.
 * @source Bertalmio et al., "Image Inpainting", SIGGRAPH 2000, of which this is the harmonic part alone.
 */
export const patched: FakeMaker = {
  name: 'patched',
  make(pixels, random) {
    const made = pixels.slice()
    for (let hole = 0; hole < holes; hole++) {
      // one in each quarter, a rim of at least one pixel around
      const half = side / 2
      const top = (hole >> 1) * half + 1 + random.below(half - width - 1)
      const left = (hole & 1) * half + 1 + random.below(half - width - 1)
      for (let channel = 0; channel < 3; channel++) fill(made, channel * side * side + top * side + left)
    }
    return made
  },
}

/** Each pixel is the mean of what the straight lines between opposite rims have there, across and down. */
function fill(pixels: Uint8Array, corner: number): void {
  const length = width + 1
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const row = corner + y * side
      const across = pixels[row - 1] * (width - x) + pixels[row + width] * (x + 1)
      const down = pixels[corner - side + x] * (width - y) + pixels[corner + width * side + x] * (y + 1)
      pixels[row + x] = Math.floor((across + down + length) / (2 * length))
    }
  }
}
