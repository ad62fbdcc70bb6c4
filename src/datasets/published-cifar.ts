import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StreambedError } from '../error.ts'
import { unpackOnce } from './archive.ts'
import type { Dataset, DatasetDeclaration, OpenOptions, PublishedArchive, Split } from './dataset.ts'
import { type CifarLayout, groupsOf, type ScannedCifar, scanCifar } from './formats/cifar-binary.ts'

/** A dataset that its publisher gives as an archive of CIFAR's binary layout. */
export interface PublishedCifar {
  name: string
  title: string
  summary: string
  source: string
  layout: CifarLayout
  /** Folder that the archive unpacks to. */
  folder: string
  archive: PublishedArchive
  sizes: Record<Split, number>
  /** MD5 of the unpacked files, where they were published; `null` where only the archive's is known. */
  md5: Record<string, string> | null
  /** Merkle roots of the published images in canonical order; `null` where nobody has computed them yet. */
  roots: Record<Split, string> | null
  /** File of class names, whose lines must be ours. */
  nameFiles: Record<string, readonly string[]>
  superclasses?: readonly string[]
}

/** The declaration on the shelf. */
export function publishedCifar(published: PublishedCifar): DatasetDeclaration {
  const { name, title, summary, source, archive } = published
  return { name, title, summary, source, archive, open: (options) => open(published, options) }
}

async function open(published: PublishedCifar, options: OpenOptions): Promise<Dataset> {
  const { name, title, layout } = published
  const found = await find(published, options)
  const missing = [...layout.files.train, ...layout.files.test].filter(
    (file) => !existsSync(join(found.folder, file)),
  )
  if (missing.length > 0) {
    throw new StreambedError('data-missing', {
      what: `${title} is incomplete: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not there.`,
      where: found.folder,
      mend: `Unpack ${published.archive.file} again, or fetch it with \`streambed data get ${name}\`.`,
    })
  }
  checkNames(published, found.folder)
  const scanned = await scanCifar(found.folder, layout, options)
  const status = statusOf(published, scanned, found.archiveMd5)
  if (status !== 'official' && !options.allowUnofficial) throw unofficial(published, status, found)
  const notes = [...scanned.notes]
  if (status === 'unverified') {
    notes.unshift(`Not verified: ${sizesText(scanned, published)}, without the published checksum.`)
  }
  return {
    name,
    title,
    ...scanned.dataset,
    status,
    notes,
    ...(published.superclasses ? { superclasses: groupsOf(scanned, published.superclasses) } : {}),
  }
}

interface Found {
  folder: string
  /** MD5 of the archive that the folder was unpacked from, when we unpacked it. */
  archiveMd5?: string
}

/** The unpacked folder, the data folder itself, or the archive; the archive first where only it has a checksum. */
async function find(published: PublishedCifar, { data, path, cache }: OpenOptions): Promise<Found> {
  const { layout, folder, archive, title, name } = published
  const root = path === undefined ? resolve(data) : resolve(data, path)
  const wanted = [...layout.files.train, ...layout.files.test]
  const folders = [join(root, folder), root].filter((place) =>
    wanted.some((file) => existsSync(join(place, file))),
  )
  const packed = [join(root, archive.file), join(root, name, archive.file)].filter((place) =>
    existsSync(place),
  )
  if (packed.length > 0 && (folders.length === 0 || published.md5 === null)) {
    const unpacked = await unpackOnce(packed[0], wanted, Object.keys(published.nameFiles), cache)
    return { folder: unpacked.folder, archiveMd5: unpacked.md5 }
  }
  if (folders.length > 0) return { folder: folders[0] }
  throw new StreambedError('data-missing', {
    what: `${title} is not there: neither ${folder}/ nor ${archive.file}, and no ${wanted[0]}.`,
    where: root,
    mend: `Fetch it with \`streambed data get ${name}\` (${Math.round(archive.bytes / 1e6)} MB), or give the folder that has it with --data.`,
  })
}

function statusOf(
  published: PublishedCifar,
  { facts }: ScannedCifar,
  archiveMd5?: string,
): Dataset['status'] {
  if (archiveMd5 === published.archive.md5) return 'official'
  const { md5, roots } = published
  if (md5 && Object.entries(md5).every(([file, digest]) => facts.md5[file] === digest)) return 'official'
  if (roots && roots.train === facts.roots.train && roots.test === facts.roots.test) return 'same-images'
  return 'unverified'
}

function unofficial(published: PublishedCifar, status: Dataset['status'], found: Found): StreambedError {
  const { title, archive, md5 } = published
  const what =
    status === 'same-images'
      ? `These are ${title}'s published images, every one, but not its published files: the order is another.`
      : md5 === null && found.archiveMd5 === undefined
        ? `The content of these files is unknown: ${title}'s publisher gives a checksum for ${archive.file} only.`
        : `The content of these files is unknown: they have ${title}'s layout, but neither its checksum nor its images.`
  const cure =
    md5 === null && found.archiveMd5 === undefined
      ? `Put ${archive.file} beside the folder so that it can be checked`
      : `Fetch the published files with \`streambed data get ${published.name}\``
  return new StreambedError('data-unofficial', {
    what,
    where: found.folder,
    mend: `${cure}, or use them as they are with --allow-unofficial; the record will say so.`,
  })
}

function sizesText({ dataset }: ScannedCifar, { sizes, title }: PublishedCifar): string {
  const { train, test } = dataset.splits
  const seen = `${train.size.toLocaleString('en-US')} train and ${test.size.toLocaleString('en-US')} test images`
  if (train.size === sizes.train && test.size === sizes.test) return seen
  return `${seen} where ${title} has ${sizes.train.toLocaleString('en-US')} and ${sizes.test.toLocaleString('en-US')}`
}

/** Refuses a folder whose own list of class names is not ours: its labels would mean something else. */
function checkNames({ nameFiles, title }: PublishedCifar, folder: string): void {
  for (const [file, names] of Object.entries(nameFiles)) {
    const path = join(folder, file)
    if (!existsSync(path)) continue
    const lines = readFileSync(path, 'utf8').trim().split(/\r?\n/)
    const place = names.findIndex((name, i) => lines[i]?.trim() !== name)
    if (place < 0) continue
    throw new StreambedError('data-damaged', {
      what: `Line ${place + 1} of ${file} says “${lines[place] ?? ''}” where ${title} has “${names[place]}”.`,
      where: path,
      mend: `Unpack the published archive again; if this is another dataset, don't open it as ${title}.`,
    })
  }
}
