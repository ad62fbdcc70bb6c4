import { join, resolve } from 'node:path'
import { either, StreambedError } from '../error.ts'
import { contentId } from '../identity/index.ts'
import type { DatasetDeclaration, OpenOptions, Split } from './dataset.ts'
import { type CifarLayout, groupsOf } from './formats/cifar-binary.ts'
import { type HubRow, hubFiles, hubRows } from './formats/hub-parquet.ts'
import { madeCifar } from './formats/made-cifar.ts'
import { fileStamp } from './index-file.ts'

const title = 'CLOFAI'
const side = 32

/** What made the fakes of task1 … task5. */
const makers = ['VAE', 'VAE with energy-based model', 'GAN', 'flow', 'diffusion']
const tasks = makers.map((_, task) => `task${task + 1}`)
const classes = ['label 0', 'label 1']

/** Raised whenever the same files would give other records. */
const version = 1

const layout: CifarLayout = {
  title,
  files: { train: ['train.bin'], test: ['test.bin'] },
  labels: [
    { called: 'task', below: tasks.length },
    { called: 'label', below: classes.length },
  ],
  classes,
}

/**
 * CLOFAI: real pictures of CIFAR-10 beside those of five generators, one generator a task.
 *
 * Images   32×32 RGB; 8,000 train and 2,000 test a task, half of them real.
 * Labels   0 and 1, as published. Which of them is real the publisher doesn't say, and no number depends on it.
 * Domains  the generators, in the order of the tasks: VAE, VAE with energy-based model, GAN, flow, diffusion.
 * Files    the Parquet files of `willd98/CLOFAI` on the Hugging Face Hub, in `clofai/` of the data folder or `data/`
 *          there: columns `image` (bytes and path), `label` and `task` (task1 … task5). Decoded once into the cache. No
 *          checksum of them is published.
 * @source Doherty et al., "CLOFAI", 2025. arXiv:2501.11140
 */
export const clofai: DatasetDeclaration = {
  name: 'clofai',
  title,
  summary: 'real pictures of CIFAR-10 and those of five generators, 32×32; Parquet files in clofai/',
  source: 'Doherty et al., "CLOFAI", 2025. arXiv:2501.11140',
  async open(options) {
    const files = hubFiles(join(resolve(options.data), 'clofai'))
    const stamps = [...files.train, ...files.test].map(fileStamp)
    const folder = join(options.cache, 'made', `clofai-${contentId({ version, stamps })}`)
    const scanned = await madeCifar(folder, layout, options, (split) =>
      recordsOf(files[split], split, options),
    )
    const { train, test } = scanned.dataset.splits
    return {
      name: 'clofai',
      title,
      ...scanned.dataset,
      status: 'unverified',
      notes: [
        `Not verified: ${train.size.toLocaleString('en-US')} train and ${test.size.toLocaleString('en-US')} test images where CLOFAI has 40,000 and 10,000; no checksum is published.`,
        ...scanned.notes,
      ],
      domains: groupsOf(scanned, makers),
    }
  },
}

/** [task, label, pixels] of every row. */
async function recordsOf(
  files: readonly string[],
  split: Split,
  { onProgress, signal }: OpenOptions,
): Promise<Uint8Array[]> {
  const { decodePicture } = await import('./decode.ts')
  const total = split === 'train' ? 40_000 : 10_000
  const records: Uint8Array[] = []
  for await (const row of hubRows(files, ['label', 'task'])) {
    signal?.throwIfAborted()
    const { width, height, pixels, planar } = await decodePicture(row.where, row.bytes)
    if (width !== side || height !== side) {
      throw refused(row, `The picture has ${width}×${height} pixels; ${title}'s have 32×32.`)
    }
    const record = new Uint8Array(2 + 3 * side * side)
    record[0] = oneOf(row, 'task', tasks)
    record[1] = oneOf(row, 'label', ['0', '1'])
    for (let i = 0; i < side * side; i++) {
      for (let c = 0; c < 3; c++) {
        record[2 + c * side * side + i] = planar ? pixels[c * side * side + i] : pixels[3 * i + c]
      }
    }
    records.push(record)
    if (records.length % 200 === 0)
      onProgress?.({ done: records.length, total: Math.max(total, records.length) })
  }
  return records
}

function oneOf(row: HubRow, column: 'task' | 'label', known: readonly string[]): number {
  const value = row.values[column]
  const place = known.indexOf(String(typeof value === 'boolean' ? Number(value) : value))
  if (place >= 0) return place
  throw refused(row, `The row's ${column} is ${String(value)}; ${title} has ${either(known)}.`)
}

function refused({ where }: HubRow, what: string): StreambedError {
  return new StreambedError('data-damaged', {
    what,
    where,
    mend: `Download ${title}'s files again; if this is another dataset, don't open it as ${title}.`,
  })
}
