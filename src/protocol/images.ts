import type { Split } from '../datasets/index.ts'
import type { FrozenBackbone, Images } from '../method/index.ts'

/** Which pictures a handle stands for. Kept outside the handle, where a method can't look. */
const contents = new WeakMap<Images, { split: Split; rows: Uint32Array }>()

/** A handle for these rows of a split, to be given to a method. */
export function imagesOf(split: Split, rows: Uint32Array): Images {
  const images = Object.freeze({ length: rows.length })
  contents.set(images, { split, rows })
  return images
}

/** What the walker needs of stored embeddings; `EmbeddingStore` of src/embeddings is one. */
export interface EmbeddingSource {
  readonly dimension: number
  read(split: Split, rows: ArrayLike<number>, into: Float32Array): void
}

/** A frozen backbone that looks its embeddings up, since the same picture always gives the same ones. */
export function frozenBackbone(source: EmbeddingSource): FrozenBackbone {
  return {
    dimension: source.dimension,
    async embed(images) {
      const content = contents.get(images)
      if (!content) throw new TypeError('these images were not handed out by the protocol')
      const into = new Float32Array(content.rows.length * source.dimension)
      source.read(content.split, content.rows, into)
      return into
    },
  }
}
