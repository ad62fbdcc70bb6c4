import { byChannel, type FakeMaker, side } from './maker.ts'

/**
 * As a generator's last layers leave it: drawn at half the size, each pixel repeated, and filtered by an odd kernel, so
 * that neighbours agree in pairs and a checkerboard shows. A half of the picture's own detail is kept.
 * @source Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts", Distill, 2016.
 */
export const upsampled: FakeMaker = {
  name: 'upsampled',
  make: byChannel((plane, into) => {
    const coarse = Int32Array.from(plane, (_, i) => {
      const at = (Math.floor(i / side) & ~1) * side + ((i % side) & ~1)
      return plane[at] + plane[at + 1] + plane[at + side] + plane[at + side + 1] // four times its mean
    })
    const at = (y: number, x: number) =>
      coarse[Math.min(side - 1, Math.max(0, y)) * side + Math.min(side - 1, Math.max(0, x))]
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        // weights 1 2 1 across and down: 16 in all, times 4
        const blurred =
          4 * at(y, x) +
          2 * (at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1)) +
          at(y - 1, x - 1) +
          at(y - 1, x + 1) +
          at(y + 1, x - 1) +
          at(y + 1, x + 1)
        into[y * side + x] = (blurred + 64 * plane[y * side + x] + 64) >> 7
      }
    }
  }),
}
