import { StreambedError } from '../../error.ts'
import type { ImageSource } from '../dataset.ts'
import { inFlight } from '../in-flight.ts'
import type { PictureSource } from '../reader.ts'

/** Decoded at the same time; more only costs memory (measured: 2 to 4 keep two cores busy). */
const pictures = 3

/** Pictures out of image files. */
export function filePictures(source: Extract<ImageSource, { format: 'files' }>): PictureSource {
  return {
    async each(split, rows, take) {
      // Loaded here: whoever only lists datasets, or reads CIFAR, need not load libvips.
      const { decodePicture } = await import('../decode.ts')
      const paths = source.paths[split]
      await inFlight(rows.length, pictures, async (place) => {
        const path = paths[rows[place]]
        const picture = await decodePicture(path)
        try {
          take(picture, place)
        } catch (error) {
          if (error instanceof StreambedError) throw StreambedError.from({ ...error.toJSON(), where: path })
          throw error
        }
      })
    },
    close() {},
  }
}
