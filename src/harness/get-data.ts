import { join } from 'node:path'
import { download, findDataset } from '../datasets/index.ts'
import { StreambedError } from '../error.ts'

export interface GetData {
  /** A dataset of the shelf that its publisher offers as an archive: cifar-10, cifar-100. */
  dataset: string
  /** The data folder. */
  data: string
  /** Another address of the same archive; the published checksum still decides. */
  from?: string
  onProgress?(progress: { done: number; total: number | undefined }): void
  signal?: AbortSignal
}

/**
 * Downloads a dataset's archive from its publisher and verifies it; a call that was cut off goes on.
 *
 * @returns the path of the archive, which needs no unpacking
 * @throws data-without-address; what `download` throws
 */
export async function getData({ dataset, data, from, onProgress, signal }: GetData): Promise<string> {
  const { archive, title } = await findDataset(dataset)
  if (!archive) {
    throw new StreambedError('data-without-address', {
      what: `${title} has no public archive to download.`,
      mend: 'Datasets with one: cifar-10, cifar-100. The others are your own pictures, or are drawn on the spot.',
    })
  }
  const path = join(data, archive.file)
  const digest = { algorithm: 'md5', hex: archive.md5 } as const
  await download({ url: from ?? archive.url, path, bytes: archive.bytes, digest, signal, onProgress })
  return path
}
