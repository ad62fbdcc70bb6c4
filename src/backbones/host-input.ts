import { hostPrepares, type Preprocessing, prepare, resampleWeights } from '../pictures/index.ts'

/**
 * A picture brought to the network's input outside the graph, in float64: slow, and the same numbers as
 * `inputModel` makes inside it, to float32. It lets one session try many ways of preparing pictures.
 *
 * @param picture planar RGB uint8 [3, height, width]
 * @returns [3, input height, input width] float32, channels in the network's order
 */
export function hostInput(
  picture: { width: number; height: number; pixels: Uint8Array },
  input: { width: number; height: number },
  p: Preprocessing,
): Float32Array {
  const resized = hostPrepares(picture, p)
    ? prepare({ ...picture, planar: true }, p).pixels
    : resizedInReals(picture, input, p)
  const size = input.width * input.height
  const out = new Float32Array(3 * size)
  for (let c = 0; c < 3; c++) {
    const from = (p.colour === 'bgr' ? 2 - c : c) * size
    for (let i = 0; i < size; i++) out[c * size + i] = (resized[from + i] / p.divisor - p.mean[c]) / p.std[c]
  }
  return out
}

function resizedInReals(
  { width, height, pixels }: { width: number; height: number; pixels: Uint8Array },
  to: { width: number; height: number },
  { resize }: Preprocessing,
): ArrayLike<number> {
  if (resize === null || (width === to.width && height === to.height)) return pixels
  const across = resampleWeights(width, to.width, resize)
  const down = resampleWeights(height, to.height, resize)
  const middle = new Float64Array(3 * height * to.width)
  for (let row = 0; row < 3 * height; row++) {
    for (let x = 0; x < to.width; x++) {
      let sum = 0
      for (let k = 0; k < width; k++) {
        const weight = across[x * width + k]
        if (weight !== 0) sum += weight * pixels[row * width + k]
      }
      middle[row * to.width + x] = sum
    }
  }
  const out = new Float64Array(3 * to.height * to.width)
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < to.height; y++) {
      for (let k = 0; k < height; k++) {
        const weight = down[y * height + k]
        if (weight === 0) continue
        const source = (c * height + k) * to.width
        const target = (c * to.height + y) * to.width
        for (let x = 0; x < to.width; x++) out[target + x] += weight * middle[source + x]
      }
    }
  }
  return out
}
