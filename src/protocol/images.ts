import type { Split } from '../datasets/index.ts'
import type { Images } from '../method/index.ts'

/** Which pictures a handle stands for. Kept outside the handle, where a method can't look. */
const contents = new WeakMap<Images, Content>()

interface Content {
  split: Split
  rows: Uint32Array
}

/** A handle for these rows of a split, to be given to a method. */
export function imagesOf(split: Split, rows: Uint32Array): Images {
  const images = Object.freeze({ length: rows.length })
  contents.set(images, { split, rows })
  return images
}

/** @throws TypeError for a handle that is not ours */
export function contentOf(images: Images): Content {
  const content = contents.get(images)
  if (!content) throw new TypeError('these images were not handed out by the protocol')
  return content
}
