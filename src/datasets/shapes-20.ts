import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../error.ts'
import { publish, publishText } from '../files/index.ts'
import { contentId, sha256 } from '../identity/index.ts'
import type { Dataset, DatasetDeclaration, OpenOptions, Split } from './dataset.ts'
import { draw } from './drawing/draw.ts'
import { looks } from './drawing/looks.ts'
import { kinds } from './drawing/outlines.ts'
import { type CifarLayout, groupsOf, type ScannedCifar, scanCifar } from './formats/cifar-binary.ts'

const title = 'Shapes-20'
const classes = kinds.map((kind) => kind.name)

/** Pictures of each class in each look. */
const each: Record<Split, number> = { train: 25, test: 8 }

const layout: CifarLayout = {
  title,
  files: { train: ['train.bin'], test: ['test.bin'] },
  labels: [
    { called: 'look', below: looks.length },
    { called: 'class', below: classes.length },
  ],
  classes,
}

/** What every machine must draw. */
const md5: Record<string, string> = {
  'train.bin': '9493d3f93c595568b8e5cb9075a08b76',
  'test.bin': 'ecb6f17aea837fd335d2ebe77859b134',
}

/**
 * Shapes-20: drawn pictures of 20 kinds of shape in four looks, so that everything can be tried without a download.
 *
 * Images   32×32 RGB, 100 train and 32 test a class, a quarter in each look; place, size, turn, colours and grain vary.
 * Labels   0 … 19 in alphabetical order.
 * Domains  plain, textured, night, sketch.
 * Files    written to the cache once in CIFAR-100's binary layout (look, class, pixels) and read back from there.
 * Not a benchmark: it shows what methods do, and its numbers mean nothing beside published ones.
 */
export const shapes20: DatasetDeclaration = {
  name: 'shapes-20',
  title,
  summary: '20 drawn shapes in 4 looks, 32×32',
  source: 'drawn by Streambed, seeded',
  async open(options) {
    const folder = join(options.cache, 'drawn', `shapes-20-${contentId(md5)}`)
    if (!whole(folder)) await write(folder, options)
    let scanned = await scanOrNothing(folder, options)
    if (scanned === undefined) {
      await write(folder, options) // the cache was damaged; drawing anew costs two seconds
      scanned = await scanCifar(folder, layout, options)
    }
    const { facts } = scanned
    for (const [file, digest] of Object.entries(md5)) {
      if (facts.md5[file] !== digest) throw otherPictures(join(folder, file))
    }
    return opened(scanned)
  },
}

function opened(scanned: ScannedCifar): Dataset {
  return {
    name: 'shapes-20',
    title,
    ...scanned.dataset,
    status: 'official',
    notes: scanned.notes,
    domains: groupsOf(scanned, looks),
  }
}

const whole = (folder: string): boolean => Object.keys(md5).every((file) => existsSync(join(folder, file)))

/** The folder as it was read, or nothing when its files are not those that were written. */
async function scanOrNothing(folder: string, options: OpenOptions): Promise<ScannedCifar | undefined> {
  try {
    const scanned = await scanCifar(folder, layout, options)
    return Object.entries(md5).every(([file, digest]) => scanned.facts.md5[file] === digest)
      ? scanned
      : undefined
  } catch (error) {
    if (error instanceof StreambedError && error.code === 'data-damaged') return undefined
    throw error
  }
}

async function write(folder: string, options: OpenOptions): Promise<void> {
  const total = kinds.length * looks.length * (each.train + each.test)
  let done = 0
  for (const split of ['train', 'test'] as const) {
    const drawn: { key: string; record: Uint8Array }[] = []
    for (let kind = 0; kind < kinds.length; kind++) {
      drawn.push(...drawKind(split, kind))
      done += looks.length * each[split]
      options.onProgress?.({ done, total })
      await new Promise(setImmediate) // progress and Ctrl-C stay alive
      options.signal?.throwIfAborted()
    }
    // By the hash of the picture: an order that says nothing of the class.
    drawn.sort((a, b) => (a.key < b.key ? -1 : 1))
    publish(
      join(folder, `${split}.bin`),
      drawn.map(({ record }) => record),
    )
  }
  publishText(join(folder, 'fine_label_names.txt'), `${classes.join('\n')}\n`)
  publishText(join(folder, 'coarse_label_names.txt'), `${looks.join('\n')}\n`)
}

/** A split's records of one class: look, class, pixels. */
function drawKind(split: Split, kind: number): { key: string; record: Uint8Array }[] {
  return looks.flatMap((look, domain) =>
    Array.from({ length: each[split] }, (_, number) => {
      const pixels = draw(split, kind, look, number)
      const record = new Uint8Array(2 + pixels.length)
      record[0] = domain
      record[1] = kind
      record.set(pixels, 2)
      return { key: sha256(pixels), record }
    }),
  )
}

function otherPictures(path: string): StreambedError {
  return new StreambedError('drawn-otherwise', {
    what: 'This machine draws other pictures for Shapes-20 than every machine should; its numbers would not compare.',
    where: path,
    mend: 'Report it with the version of Node and the processor; other datasets are not touched by this.',
  })
}
