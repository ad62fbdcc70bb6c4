import { join } from 'node:path'
import { contentId } from '../identity/index.ts'
import { chance } from '../tensor/index.ts'
import { hashBytes } from './canonical-order.ts'
import { cifar10 } from './cifar-10.ts'
import type { Dataset, DatasetDeclaration, Split } from './dataset.ts'
import { fakeMakers } from './fake-makers/index.ts'
import { type CifarLayout, groupsOf } from './formats/cifar-binary.ts'
import { cifarPictures } from './formats/cifar-pictures.ts'
import { madeCifar } from './formats/made-cifar.ts'

const title = 'Procedural fakes'
const classes = ['fake', 'real']
const makers = fakeMakers.map(({ name }) => name)

/** Real pictures, and as many fakes, of each maker, at most: CLOFAI's sizes. */
const most: Record<Split, number> = { train: 4000, test: 1000 }

/** Raised whenever a maker or the dealing changes: other pictures, another dataset. */
const version = 1

const layout: CifarLayout = {
  title,
  files: { train: ['train.bin'], test: ['test.bin'] },
  labels: [
    { called: 'maker', below: makers.length },
    { called: 'class', below: classes.length },
  ],
  classes,
}

/**
 * Procedural fakes: real pictures of CIFAR-10, and others that one of five makers has gone over.
 *
 * Images   32×32 RGB; with the whole of CIFAR-10, 8,000 train and 2,000 test for each maker, half of them real.
 *          With a part of it, as many as a tenth of each of its classes gives.
 * Labels   fake 0, real 1.
 * Domains  smoothed, recompressed, upsampled, dithered, patched: each real picture stands beside one maker's fakes.
 * Split    a picture of CIFAR-10 is used once, as it is or under one maker: no picture is in two domains, and none has
 *          its own fake here. Train comes of train, test of test; object classes are dealt evenly.
 * Files    made in the cache once, in CIFAR-100's binary layout (maker, class, pixels), and read back from there.
 * Its makers are a few lines each and leave traces as generative models do; none is such a model, and the numbers mean
 * nothing beside CLOFAI's, whose sizes and order of events it has.
 * @source Doherty et al., "CLOFAI", 2025. arXiv:2501.11140, for the protocol.
 */
export const proceduralFakes: DatasetDeclaration = {
  name: 'procedural-fakes',
  title,
  summary: 'real pictures of CIFAR-10, and fakes of five procedural makers, 32×32',
  source: 'made by Streambed from CIFAR-10, seeded; after Doherty et al., CLOFAI, 2025. arXiv:2501.11140',
  async open(options) {
    const real = await cifar10.open(options)
    const folder = join(options.cache, 'made', `procedural-fakes-${contentId({ version, from: real.id })}`)
    const dealt = { train: deal(real, 'train'), test: deal(real, 'test') }
    const total = dealt.train.length + dealt.test.length
    let done = 0
    const scanned = await madeCifar(folder, layout, options, (split) =>
      recordsOf(real, split, dealt[split], options.signal, (images) => {
        done += images
        options.onProgress?.({ done, total })
      }),
    )
    return {
      name: 'procedural-fakes',
      title,
      ...scanned.dataset,
      status: real.status,
      notes: [
        ...real.notes,
        'Fakes are made by five procedures, not by generative models.',
        ...scanned.notes,
      ],
      domains: groupsOf(scanned, makers),
    }
  },
}

interface Dealt {
  row: number
  maker: number
  /** Whether the maker goes over it. */
  fake: boolean
}

/**
 * Which picture is whose: the pictures of each object class are dealt like cards, one to each maker's fakes and one
 * to its reals, round after round. They come in the order of their hashes, which says nothing of what they show.
 */
function deal({ classes: objects, splits }: Dataset, split: Split): Dealt[] {
  const hands = 2 * makers.length
  const { labels } = splits[split]
  const counts = new Uint32Array(objects.length)
  for (const label of labels) counts[label]++
  const rounds = Array.from(counts, (count) =>
    Math.min(Math.floor(count / hands), most[split] / objects.length),
  )
  const seen = new Uint32Array(objects.length)
  const dealt: Dealt[] = []
  for (const [row, label] of labels.entries()) {
    const place = seen[label]++
    if (place >= rounds[label] * hands) continue
    const hand = place % hands
    dealt.push({ row, maker: hand >> 1, fake: hand % 2 === 0 })
  }
  return dealt
}

/** [maker, class, pixels] of each picture dealt, in the order of the real ones' hashes. */
async function recordsOf(
  { source, splits }: Dataset,
  split: Split,
  dealt: readonly Dealt[],
  signal: AbortSignal | undefined,
  tell: (images: number) => void,
): Promise<Uint8Array[]> {
  if (source.format !== 'cifar-binary') throw new TypeError('CIFAR-10 is read from its binary files')
  const pictures = cifarPictures(source)
  const records: Uint8Array[] = []
  try {
    for (let at = 0; at < dealt.length; at += 64) {
      const some = dealt.slice(at, at + 64)
      await pictures.each(
        split,
        some.map(({ row }) => row),
        ({ pixels }, place) => {
          const { row, maker, fake } = some[place]
          const hash = splits[split].hashes.subarray(row * hashBytes, (row + 1) * hashBytes)
          // Chance of the picture alone: the rest of the dataset does not move it.
          const random = () => chance('procedural-fakes', makers[maker], Buffer.from(hash).toString('hex'))
          const record = new Uint8Array(2 + pixels.length)
          record[0] = maker
          record[1] = classes.indexOf(fake ? 'fake' : 'real')
          record.set(fake ? fakeMakers[maker].make(pixels, random()) : pixels, 2)
          records[at + place] = record
        },
      )
      tell(some.length)
      await new Promise(setImmediate) // progress and Ctrl-C stay alive
      signal?.throwIfAborted()
    }
  } finally {
    pictures.close()
  }
  return records
}
