import { StreambedError } from '../error.ts'
import { hostPrepares, type Picture, type Preprocessing, prepare } from '../pictures/index.ts'
import type { Dataset, ImageSource, Split } from './dataset.ts'
import { cifarPictures } from './formats/cifar-pictures.ts'
import { filePictures } from './formats/file-pictures.ts'

/** Reads pixels ready for the graph. Made to live inside the Worker that decodes. */
export interface PixelReader {
  /** One image: 3 planes (red, green, blue), height, width. */
  readonly shape: readonly [3, number, number]
  /**
   * Fills `into` with the images of `rows` (canonical numbers of the split), one after another, planar uint8.
   *
   * @throws data-changed, picture-broken and others, naming the file.
   */
  read(split: Split, rows: ArrayLike<number>, into: Uint8Array): Promise<void>
  close(): void
}

/** Where decoded pictures come from; each format has one. */
export interface PictureSource {
  /** Hands over picture after picture with its place in `rows`, in any order, a few at a time. */
  each(split: Split, rows: ArrayLike<number>, take: (picture: Picture, place: number) => void): Promise<void>
  close(): void
}

/**
 * A reader of a dataset's images for one preprocessing.
 *
 * Where `hostPrepares` says so the pictures come resized and cropped to the input's size; else they come as they
 * are, and the graph resizes. Memory: three decoded pictures and what the caller gives.
 *
 * @throws picture-not-input-size when the preprocessing does not lead to the network's input size.
 */
export function openReader(
  dataset: Pick<Dataset, 'image' | 'source'>,
  preprocessing: Preprocessing,
  input: { height: number; width: number },
): PixelReader {
  const { image } = dataset
  const host = hostPrepares(image, preprocessing)
  const { height, width } = host || image === 'varied' ? input : image
  const size = 3 * height * width
  const pictures = openPictures(dataset.source)
  return {
    shape: [3, height, width],
    async read(split, rows, into) {
      if (into.length < rows.length * size) {
        throw new RangeError(`${rows.length} images of ${size} bytes do not fit into ${into.length} bytes`)
      }
      await pictures.each(split, rows, (picture, place) => {
        const target = into.subarray(place * size, (place + 1) * size)
        if (host) {
          const made = prepare(picture, preprocessing, undefined)
          refuseOtherSize(made, height, width)
          target.set(made.pixels)
        } else {
          refuseOtherSize(picture, height, width)
          if (picture.planar) target.set(picture.pixels)
          else toPlanes(picture.pixels, target)
        }
      })
    },
    close: () => pictures.close(),
  }
}

function openPictures(source: ImageSource): PictureSource {
  return source.format === 'cifar-binary' ? cifarPictures(source) : filePictures(source)
}

function refuseOtherSize(picture: Picture, height: number, width: number): void {
  if (picture.height === height && picture.width === width) return
  throw new StreambedError('picture-not-input-size', {
    what: `The preprocessing leads to ${picture.width}×${picture.height} pixels; the network takes ${width}×${height}.`,
    mend: `Resize to exactly ${width}, or resize the shorter side and add a centre crop of ${width}.`,
  })
}

function toPlanes(interleaved: Uint8Array, planes: Uint8Array): void {
  const area = interleaved.length / 3
  for (let i = 0, at = 0; i < area; i++, at += 3) {
    planes[i] = interleaved[at]
    planes[area + i] = interleaved[at + 1]
    planes[2 * area + i] = interleaved[at + 2]
  }
}
