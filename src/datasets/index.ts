import { either, nearest, StreambedError } from '../error.ts'
import type { Dataset, DatasetDeclaration, OpenOptions } from './dataset.ts'

export { verifyArchive } from './archive.ts'
export type {
  Dataset,
  DatasetDeclaration,
  DatasetSplit,
  ImageGroups,
  ImageSource,
  OpenOptions,
  PublishedArchive,
  Split,
} from './dataset.ts'
export { type Download, download } from './download.ts'
export { openReader, type PixelReader } from './reader.ts'
export { someImages } from './some-images.ts'

/** A dataset on the shelf, loaded only when it is asked for. */
export interface DatasetEntry {
  name: string
  title: string
  summary: string
  /** What its `path` is, where the data is the user's own. */
  takesPath?: string
  load(): Promise<DatasetDeclaration>
}

/** The shelf. To add a dataset, copy its nearest neighbour's file and add one entry. */
export const datasets: readonly DatasetEntry[] = [
  {
    name: 'shapes-20',
    title: 'Shapes-20',
    summary: '20 drawn shapes in 4 looks, 32×32; made on this machine, no download',
    load: async () => (await import('./shapes-20.ts')).shapes20,
  },
  {
    name: 'cifar-10',
    title: 'CIFAR-10',
    summary: '60,000 photographs of 10 classes, 32×32; official binary files or archive',
    load: async () => (await import('./cifar-10.ts')).cifar10,
  },
  {
    name: 'cifar-100',
    title: 'CIFAR-100',
    summary: '60,000 photographs of 100 classes, 32×32; official binary files or archive',
    load: async () => (await import('./cifar-100.ts')).cifar100,
  },
  {
    name: 'procedural-fakes',
    title: 'Procedural fakes',
    summary: 'real pictures of CIFAR-10 and fakes of five procedural makers, 32×32; made from CIFAR-10',
    load: async () => (await import('./procedural-fakes.ts')).proceduralFakes,
  },
  {
    name: 'clofai',
    title: 'CLOFAI',
    summary: 'real pictures of CIFAR-10 and those of five generators, 32×32; Parquet files in clofai/',
    load: async () => (await import('./clofai.ts')).clofai,
  },
  {
    name: 'cifake',
    title: 'CIFAKE',
    summary: 'real pictures of CIFAR-10’s ten classes and generated ones, 32×32; folder cifake/',
    load: async () => (await import('./cifake.ts')).cifake,
  },
  {
    name: 'image-folder',
    title: 'Image folder',
    summary: 'your own pictures: train/ and test/, one folder a class',
    takesPath: 'the folder',
    load: async () => (await import('./image-folder.ts')).imageFolder,
  },
  {
    name: 'image-manifest',
    title: 'Image manifest',
    summary: 'your own pictures, listed in a CSV file with the columns path, label and split',
    takesPath: 'the CSV file',
    load: async () => (await import('./image-manifest.ts')).imageManifest,
  },
]

/**
 * Opens a dataset of the shelf by name.
 *
 * The first opening reads every byte and keeps an index in the cache; later ones take milliseconds.
 *
 * @throws unknown-dataset with the nearest name; data-missing, data-damaged, data-unofficial and what the
 * dataset's reader refuses, each naming the file and the cure.
 */
export async function openDataset(name: string, options: OpenOptions): Promise<Dataset> {
  return (await findDataset(name)).open(options)
}

/** The declaration of a dataset on the shelf. @throws unknown-dataset with the nearest name. */
export async function findDataset(name: string): Promise<DatasetDeclaration> {
  const entry = datasets.find((candidate) => candidate.name === name)
  if (entry) return entry.load()
  const names = datasets.map((candidate) => candidate.name)
  const close = nearest(name, names)
  throw new StreambedError('unknown-dataset', {
    what: `There is no dataset called “${name}”.`,
    mend: close ? `Did you mean ${close}? Known are ${either(names)}.` : `Use ${either(names)}.`,
  })
}
