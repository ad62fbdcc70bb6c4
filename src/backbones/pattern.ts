/**
 * A picture made by formula, so that a passport can hold a large one in a dozen letters: rings that tighten towards
 * the corners, stripes three and two pixels wide, and smooth shades. Shrinking it without antialiasing, swapping its
 * colours or shifting it by half a pixel all change it plainly.
 *
 * Integer arithmetic only, so that any language gives the same bytes (`export_backbone.py` has a twin).
 * With d = (2x − w)² + (2y − h)², in each pixel:
 *
 *   ring  = ⌊d / 512⌋ odd        red   = ⌊255 x / (w − 1)⌋, inverted inside a ring
 *   line  = (x + 2y) mod 5 < 2   green = ⌊255 y / (h − 1)⌋, inverted on a line
 *                                blue  = ⌊x y / 16⌋ mod 256
 *
 * @returns [3, height, width] planar RGB uint8. Width and height at least 2.
 */
export function linesPattern(width: number, height: number): Uint8Array {
  const size = width * height
  const pixels = new Uint8Array(3 * size)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const ring = Math.floor(((2 * x - width) ** 2 + (2 * y - height) ** 2) / 512) % 2 === 1
      const line = (x + 2 * y) % 5 < 2
      const red = Math.floor((255 * x) / (width - 1))
      const green = Math.floor((255 * y) / (height - 1))
      pixels[at] = ring ? 255 - red : red
      pixels[size + at] = line ? 255 - green : green
      pixels[2 * size + at] = Math.floor((x * y) / 16) % 256
    }
  }
  return pixels
}
