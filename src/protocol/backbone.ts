import type { TrainingNetwork } from '../backbones/index.ts'
import type { Split } from '../datasets/index.ts'
import { embeddingNetwork } from '../learner/index.ts'
import type { Backbone, Images } from '../method/index.ts'
import type { Device } from '../runtime/index.ts'
import { contentOf } from './images.ts'

/** What the walker needs of stored embeddings; `EmbeddingStore` of src/embeddings is one. */
export interface EmbeddingSource {
  read(split: Split, rows: ArrayLike<number>, into: Float32Array): void
}

/** What the walker needs of stored pictures; `PixelReader` of src/datasets is one. */
export interface PictureSource {
  /** Of one picture: [3, height, width]. */
  readonly shape: readonly number[]
  read(split: Split, rows: ArrayLike<number>, into: Uint8Array): Promise<void>
}

/** Where a run's networks put their cost down. */
export interface Books {
  count(operations: number): void
  trains(parameters: number): void
}

/** A backbone for one run. */
export type BackboneSource = (books: Books) => Backbone

/** What all networks of a run have in common. */
interface Ground {
  threads: number
  /** 'cpu' unless said. */
  device?: Device
  /** All their chance comes of it. */
  seed: string
}

/** What a method has of stored data. Embeddings are absent for one that declares not to use any. */
interface Stored {
  embeddings?: EmbeddingSource
  dimension: number
}

/** Embeddings looked up, since the same picture always gives the same ones; networks are heads on them. */
export function frozenBackbone(stored: Stored, ground: Ground): BackboneSource {
  const { dimension } = stored
  const embed = async (images: Images) => looked(stored, images)
  return (books) => ({
    dimension,
    embed,
    rowSize: dimension,
    rows: embed,
    base: {
      level: 'embeddings',
      model: async () => embeddingNetwork(dimension),
      fronts: undefined,
      picture: undefined,
      input: undefined,
      ...ground,
      ...books,
    },
  })
}

/**
 * A backbone whose networks are trained whole, on the pictures themselves. Embeddings of the frozen one are looked up
 * where a method asks for them, and counted as if they were computed.
 *
 * @param operationsPerImage of one frozen pass
 */
export function trainableBackbone(
  network: TrainingNetwork,
  stored: Stored & { pictures: PictureSource },
  operationsPerImage: number,
  ground: Ground,
): BackboneSource {
  const { pictures, dimension } = stored
  const rowSize = pictures.shape.reduce((product, side) => product * side, 1)
  return (books) => ({
    dimension,
    async embed(images) {
      books.count(images.length * operationsPerImage)
      return looked(stored, images)
    },
    rowSize,
    async rows(images) {
      const { split, rows } = contentOf(images)
      const pixels = new Uint8Array(rows.length * rowSize)
      await pictures.read(split, rows, pixels)
      return pixels
    },
    base: { level: 'backbone', ...network, ...ground, ...books },
  })
}

function looked({ embeddings, dimension }: Stored, images: Images): Float32Array {
  if (embeddings === undefined) {
    throw new TypeError('this method asks for embeddings, and its needs do not say so (`embeddings: true`)')
  }
  const { split, rows } = contentOf(images)
  const into = new Float32Array(rows.length * dimension)
  embeddings.read(split, rows, into)
  return into
}
