import { byChannel, clampedByte, type FakeMaker, side } from './maker.ts'

/** Values that are left of 256 in each channel. */
const levels = 17

/**
 * As a model of few values leaves it: each channel in seventeen values, what is lost handed to the neighbours. Fine noise
 * stands where the picture was smooth.
 * @source Floyd and Steinberg, "An Adaptive Algorithm for Spatial Greyscale", Proceedings of the SID 17, 1976.
 */
export const dithered: FakeMaker = {
  name: 'dithered',
  make: byChannel((plane, into) => {
    // 16ths, which is what the errors are shared in
    const rest = Int32Array.from(plane, (value) => 16 * value)
    for (let i = 0; i < rest.length; i++) {
      const x = i % side
      const level = Math.min(
        levels - 1,
        Math.max(0, Math.floor((rest[i] * (levels - 1) + 8 * 255) / (16 * 255))),
      )
      const value = Math.floor((2 * level * 255 + levels - 1) / (2 * (levels - 1)))
      const error = rest[i] - 16 * value
      into[i] = clampedByte(value)
      const share = (at: number, parts: number) => {
        if (at < rest.length) rest[at] += (error * parts) >> 4
      }
      if (x < side - 1) share(i + 1, 7)
      if (x > 0) share(i + side - 1, 3)
      share(i + side, 5)
      if (x < side - 1) share(i + side + 1, 1)
    }
  }),
}
