import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { either, nearest, StreambedError } from '../error.ts'
import { packageRoot } from '../files/index.ts'

const filter = z.enum(['nearest', 'bilinear', 'bicubic'])
const span = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([low, high]) => low <= high, 'the lower end stands first')
const amount = z.number().min(0)

/**
 * How a picture is changed at random each time it is learned, in this order: resize, crop, flip, jitter. What comes
 * out is `size` × `size` pixels of uint8; division, mean and std are left to the graph, as with `prepare`.
 */
const trainViewSchema = z
  .strictObject({
    /** Side of the result, in pixels. */
    size: z.int().min(1).max(4096),
    /** To exactly `size` × `size` pixels first, as PIL resizes; `null`: not at all. */
    resize: z.strictObject({ size: z.int().min(1).max(4096), filter }).nullable(),
    crop: z
      .discriminatedUnion('kind', [
        /** torchvision's RandomResizedCrop: a share of the area, of an aspect ratio (log-uniform), resized by PIL. */
        z.strictObject({ kind: z.literal('resized'), scale: span, ratio: span, filter }),
        /** torchvision's RandomCrop: `padding` black pixels on each side, then a window of the view's size. */
        z.strictObject({ kind: z.literal('padded'), padding: z.int().min(0) }),
      ])
      .nullable(),
    /** Probability of the mirror image. */
    flip: z.number().min(0).max(1),
    /**
     * torchvision's ColorJitter: factors drawn from 1 − b … 1 + b, not below 0, and the hue's turn from −h … h
     * turns, in a random order; 0 leaves one out.
     */
    jitter: z
      .strictObject({
        brightness: amount,
        contrast: amount,
        saturation: amount,
        hue: amount.max(0.5),
      })
      .nullable(),
  })
  .refine(({ crop, resize }) => crop?.kind !== 'resized' || resize === null, 'a resized crop resizes itself')
export type TrainView = z.infer<typeof trainViewSchema>

const namedView = z.strictObject({
  name: z.string(),
  summary: z.string(),
  source: z.string(),
  view: trainViewSchema,
})

/** A published way to change pictures while learning, under the name of the preprocessing that it goes with. */
export type NamedView = z.infer<typeof namedView>

let views: readonly NamedView[] | undefined

/** All views of `train-views.json`, in its order. */
export function trainViews(): readonly NamedView[] {
  views ??= z
    .array(namedView)
    .parse(JSON.parse(readFileSync(join(packageRoot, 'src/pictures/train-views.json'), 'utf8')))
  return views
}

/** @throws unknown-train-view with the nearest name. */
export function trainView(name: string): TrainView {
  const found = trainViews().find((view) => view.name === name)
  if (found) return found.view
  const names = trainViews().map((view) => view.name)
  const close = nearest(name, names)
  throw new StreambedError('unknown-train-view', {
    what: `There is no training view called “${name}”.${close ? ` Did you mean ${close}?` : ''}`,
    mend: `Use ${either(names)}.`,
  })
}

/**
 * A view that ends at another side, for a backbone of that input size: all its pixels scale with it.
 *
 * A view that leaves pictures their size gets a bilinear resize to the side first, so that the same part of each is
 * seen.
 * @example viewAt(trainView('pycil-cifar32'), 96) // resize 96, then crop 96 with a padding of 12
 */
export function viewAt(view: TrainView, side: number): TrainView {
  if (side === view.size) return view
  const scaled = (pixels: number) => Math.round((pixels * side) / view.size)
  const { crop } = view
  if (crop?.kind === 'resized') return { ...view, size: side }
  const { size, filter } = view.resize ?? { size: view.size, filter: 'bilinear' }
  return {
    ...view,
    size: side,
    resize: { size: scaled(size), filter },
    crop: crop && { ...crop, padding: scaled(crop.padding) },
  }
}
