import { StreambedError } from '../error.ts'
import type { Chance } from '../tensor/index.ts'
import { roundHalfToEven, type Window } from './resample.ts'
import type { TrainView } from './train-view.ts'

export type JitterStep = { of: 'brightness' | 'contrast' | 'saturation' | 'hue'; by: number }

/** What chance decided about one showing of one picture. */
export interface DrawnView {
  /** The part of the picture (after the view's resize) that is shown; with padding it may hang over the edges. */
  window: Window
  flip: boolean
  /** In the order they are applied: factors, and the hue's turn in whole turns. */
  jitter: readonly JitterStep[]
}

interface Size {
  width: number
  height: number
}

/**
 * Draws one showing, in torchvision's order of draws: place and size of the crop, flip, jitter.
 *
 * @throws crop-too-large when a padded picture is smaller than the view
 * @source torchvision 0.14, transforms.py: RandomResizedCrop, RandomCrop, RandomHorizontalFlip, ColorJitter.
 */
export function drawView(picture: Size, view: TrainView, random: Chance): DrawnView {
  const { resize, crop } = view
  const size = resize === null ? picture : { width: resize.size, height: resize.size }
  const window =
    crop?.kind === 'resized'
      ? resizedCropWindow(size, crop, random)
      : paddedWindow(size, crop?.padding ?? 0, view.size, random)
  const flip = view.flip > 0 && random.float() < view.flip
  return { window, flip, jitter: view.jitter === null ? [] : jitterSteps(view.jitter, random) }
}

/** Ten tries of an area and an aspect ratio; when none fits, the largest centred crop of an allowed ratio. */
function resizedCropWindow(
  { width, height }: Size,
  { scale, ratio }: { scale: readonly [number, number]; ratio: readonly [number, number] },
  random: Chance,
): Window {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * uniform(scale[0], scale[1], random)
    const aspect = Math.exp(uniform(Math.log(ratio[0]), Math.log(ratio[1]), random))
    const w = roundHalfToEven(Math.sqrt(area * aspect))
    const h = roundHalfToEven(Math.sqrt(area / aspect))
    if (w < 1 || w > width || h < 1 || h > height) continue
    const top = random.below(height - h + 1)
    return { left: random.below(width - w + 1), top, width: w, height: h }
  }
  const shape = width / height
  const w = shape > ratio[1] ? roundHalfToEven(height * ratio[1]) : width
  const h = shape < ratio[0] ? roundHalfToEven(width / ratio[0]) : height
  return { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h }
}

function paddedWindow({ width, height }: Size, padding: number, side: number, random: Chance): Window {
  const [across, down] = [width + 2 * padding - side, height + 2 * padding - side]
  if (across < 0 || down < 0) {
    throw new StreambedError('crop-too-large', {
      what: `A picture of ${width}×${height} pixels with a padding of ${padding} has no crop of ${side}×${side}.`,
      mend: 'Resize it first, pad it more, or take a view with a smaller size.',
    })
  }
  if (across === 0 && down === 0) return { left: -padding, top: -padding, width: side, height: side }
  const top = random.below(down + 1) - padding
  return { left: random.below(across + 1) - padding, top, width: side, height: side }
}

const kinds = ['brightness', 'contrast', 'saturation', 'hue'] as const

function jitterSteps(jitter: NonNullable<TrainView['jitter']>, random: Chance): JitterStep[] {
  const order = random.permutation(kinds.length)
  const drawn = kinds.map((of) => {
    const amount = jitter[of]
    if (amount === 0) return undefined
    const [low, high] = of === 'hue' ? [-amount, amount] : [Math.max(0, 1 - amount), 1 + amount]
    return { of, by: uniform(low, high, random) }
  })
  return Array.from(order, (kind) => drawn[kind]).filter((step) => step !== undefined)
}

function uniform(low: number, high: number, random: Chance): number {
  return low + (high - low) * random.float()
}
