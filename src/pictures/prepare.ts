import { StreambedError } from '../error.ts'
import type { Preprocessing } from './preprocessing.ts'
import { type Picture, resample, roundHalfToEven, type Window } from './resample.ts'

/**
 * Whether pictures are brought to the network's input size before they enter the graph.
 *
 * False exactly when all pictures have one size and are resized to an exact size (or not at all) in real numbers
 * without a crop: then the graph itself resizes, by two products with `resampleWeights`, and nothing is rounded.
 */
export function hostPrepares(
  image: { width: number; height: number } | 'varied',
  { resize, crop }: Preprocessing,
): boolean {
  if (image === 'varied' || crop !== null) return true
  return resize !== null && (resize.rule !== 'exact' || resize.arithmetic !== 'float')
}

/** The size of a picture after the resize rule and before the crop. */
export function resizedSize(
  { width, height }: { width: number; height: number },
  { resize }: Preprocessing,
): { width: number; height: number } {
  if (resize === null) return { width, height }
  const { rule, size } = resize
  if (rule === 'exact') return { width: size, height: size }
  // torchvision cuts the longer side down to a whole number: 500×33 at 256 becomes 3878×256, not 3879.
  return width <= height
    ? { width: size, height: Math.trunc((size * height) / width) }
    : { width: Math.trunc((size * width) / height), height: size }
}

/**
 * The place of a centre crop, as torchvision: the offset is half the rest, rounded half to even.
 *
 * @throws crop-too-large when the picture is smaller than the crop (torchvision would pad it with black).
 */
export function centreCrop(size: { width: number; height: number }, side: number | null): Window {
  if (side === null) return { left: 0, top: 0, ...size }
  if (size.width < side || size.height < side) {
    throw new StreambedError('crop-too-large', {
      what: `A picture of ${size.width}×${size.height} pixels has no centre crop of ${side}×${side}.`,
      mend: 'Resize the shorter side to at least the crop first, or use a smaller crop.',
    })
  }
  const left = roundHalfToEven((size.width - side) / 2)
  const top = roundHalfToEven((size.height - side) / 2)
  return { left, top, width: side, height: side }
}

/**
 * The whole host part of the preprocessing: resize by the rule, then the centre crop. Division, mean, std and
 * channel order are left to the graph.
 *
 * @param into where the pixels go, [3 × height × width] of the result; made when absent.
 * @returns a planar picture [3, height, width], red first.
 */
export function prepare(picture: Picture, preprocessing: Preprocessing, into?: Uint8Array): Picture {
  const size = resizedSize(picture, preprocessing)
  const window = centreCrop(size, preprocessing.crop)
  const pixels = into ?? new Uint8Array(3 * window.width * window.height)
  const how = preprocessing.resize ?? asItIs
  resample(picture, size, how.arithmetic === 'uint8' ? { ...how, antialias: true } : how, window, pixels)
  return { width: window.width, height: window.height, pixels, planar: true }
}

const asItIs = { filter: 'nearest', antialias: false, alignCorners: false, arithmetic: 'uint8' } as const
