import type { Chance } from '../tensor/index.ts'
import { type DrawnView, drawView } from './draw-view.ts'
import { jittered } from './jitter.ts'
import { type Picture, resample } from './resample.ts'
import type { TrainView } from './train-view.ts'

/**
 * One random showing of a picture, bit for bit as torchvision makes it of a PIL picture from the same draws.
 *
 * Give each showing of each picture chance of its own (`chance(root, 'augment', epoch, row)`), and what is shown
 * depends neither on the batch nor on the order of work.
 *
 * @param into [3, size, size] uint8, planar, red first; all of it is written.
 * @throws crop-too-large when the view leaves pictures their size and one is smaller than the view
 */
export function augmented(picture: Picture, view: TrainView, random: Chance, into: Uint8Array): void {
  shown(picture, view, drawView(picture, view, random), into)
}

/** The same when the draws are known. */
function shown(
  picture: Picture,
  { size, resize, crop }: TrainView,
  { window, flip, jitter }: DrawnView,
  into: Uint8Array,
): void {
  if (crop?.kind === 'resized') {
    // Only the pixels of the crop may enter the filter, as where PIL crops before it resizes.
    const part = { ...window, pixels: new Uint8Array(3 * window.width * window.height), planar: true }
    resample(picture, picture, pil(crop.filter), window, part.pixels)
    const whole = { left: 0, top: 0, width: size, height: size }
    resample(part, whole, pil(crop.filter), whole, into)
  } else {
    const whole = resize === null ? picture : { width: resize.size, height: resize.size }
    cut(picture, whole, pil(resize?.filter ?? 'nearest'), window, into)
  }
  if (flip) for (let at = 0; at < into.length; at += size) into.subarray(at, at + size).reverse()
  for (const step of jitter) jittered(into, step)
}

const pil = (filter: 'nearest' | 'bilinear' | 'bicubic') =>
  ({ filter, antialias: true, alignCorners: false, arithmetic: 'uint8' }) as const

/** A window of a resized picture, black where it hangs over the edges. */
function cut(
  picture: Picture,
  whole: { width: number; height: number },
  how: ReturnType<typeof pil>,
  window: DrawnView['window'],
  into: Uint8Array,
): void {
  const left = Math.max(0, window.left)
  const top = Math.max(0, window.top)
  const width = Math.min(whole.width, window.left + window.width) - left
  const height = Math.min(whole.height, window.top + window.height) - top
  const inside = { left, top, width, height }
  if (width === window.width && height === window.height) {
    resample(picture, whole, how, inside, into)
    return
  }
  into.fill(0)
  if (width <= 0 || height <= 0) return
  const part = new Uint8Array(3 * width * height)
  resample(picture, whole, how, inside, part)
  for (let row = 0; row < 3 * height; row++) {
    const channel = Math.floor(row / height)
    const y = (row % height) + top - window.top
    into.set(
      part.subarray(row * width, (row + 1) * width),
      (channel * window.height + y) * window.width + left - window.left,
    )
  }
}
