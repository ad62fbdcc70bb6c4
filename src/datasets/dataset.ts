export type Split = 'train' | 'test'

/**
 * An opened dataset: whose image is where and what it shows, in an order that does not depend on the disk.
 *
 * Images are numbered 0 … size − 1 within a split, sorted by the hash of their content and then by class, so
 * two copies of one dataset whose files are ordered differently are the same dataset with the same ids.
 */
export interface Dataset {
  /** As on the shelf, for example `cifar-100`. */
  name: string
  title: string
  /** Class names; a class's number is its place here. */
  classes: readonly string[]
  /** Identity by content: 16 hexadecimal digits over class names and the ordered image hashes and labels. */
  id: string
  /** `official`: the published checksum. `same-images`: the published images in other files. Else `unverified`. */
  status: 'official' | 'same-images' | 'unverified'
  /** Width and height in pixels, or `varied`. */
  image: { width: number; height: number } | 'varied'
  splits: Record<Split, DatasetSplit>
  /** How to read pixels: plain data that can be sent to a Worker or a child process. */
  source: ImageSource
  /** What a reader should know: ignored files, duplicates between the splits, an unusual order. */
  notes: readonly string[]
  /** The look of each image where a dataset has several, for domain-incremental streams. */
  domains?: ImageGroups
  /** A coarser labelling where a dataset has one, for example CIFAR-100's 20 superclasses. */
  superclasses?: ImageGroups
}

/** A second labelling of the same images. */
export interface ImageGroups {
  names: readonly string[]
  /** [size of the split] group number of each image, in canonical order. */
  of: Record<Split, Uint8Array>
}

export interface DatasetSplit {
  size: number
  /** [size] class number of each image. */
  labels: Uint16Array
  /** [size × 16] the first 16 bytes of the SHA-256 of each image's content. */
  hashes: Uint8Array
}

/** Where pixels come from. `records[split][row]` is the record number, in file order, of canonical image `row`. */
export type ImageSource =
  | {
      format: 'cifar-binary'
      /** Files of fixed-size records, one after another; `labelBytes` before 3,072 planar pixel bytes. */
      files: Record<Split, readonly { path: string; records: number }[]>
      labelBytes: 1 | 2
      records: Record<Split, Uint32Array>
    }
  | {
      format: 'files'
      /** Image files in canonical order, decoded with sharp. */
      paths: Record<Split, readonly string[]>
    }

/** What a declared dataset on the shelf offers. */
export interface DatasetDeclaration {
  name: string
  title: string
  summary: string
  source: string
  /** The publisher's archive, where there is one: what `data get` fetches and checks. */
  archive?: PublishedArchive
  /** Opens it under a data folder. @throws data-missing, data-damaged, data-unofficial and others, each with its cure. */
  open(options: OpenOptions): Promise<Dataset>
}

export interface OpenOptions {
  /** The user's data folder (`--data` or STREAMBED_DATA). */
  data: string
  /** Where indexes of what was read may be kept. */
  cache: string
  /** The user said that files without the published checksum may be used. */
  allowUnofficial: boolean
  /** A dataset of the user's own: the path of its folder or manifest, absolute or under `data`. */
  path?: string
  /** Called now and then while many files are read for the first time. */
  onProgress?: (progress: { done: number; total: number }) => void
  signal?: AbortSignal
}

/** An archive as its publisher gives it. */
export interface PublishedArchive {
  url: string
  /** File name under the data folder. */
  file: string
  bytes: number
  md5: string
  sha256?: string
}
