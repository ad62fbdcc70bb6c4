import { createHash } from 'node:crypto'
import type { Dataset, DatasetSplit } from '../../src/datasets/index.ts'
import { contentId } from '../../src/identity/index.ts'

/** A dataset without pixels: hashes and labels only, in canonical order, as a stream sees it. */
export function madeDataset(made: {
  classes: number
  train?: number
  test?: number
  domains?: number
  name?: string
  status?: Dataset['status']
  /** Images to leave out, by split and class. */
  without?: { split: 'train' | 'test'; label: number }
}): Dataset {
  const { classes, train = 4, test = 2, domains = 1, name = 'made' } = made
  const of: Record<string, number[]> = {}
  const split = (which: 'train' | 'test', perClass: number): DatasetSplit => {
    const images: { hash: Buffer; label: number; domain: number }[] = []
    for (let label = 0; label < classes; label++) {
      if (made.without?.split === which && made.without.label === label) continue
      for (let domain = 0; domain < domains; domain++) {
        for (let i = 0; i < perClass; i++) {
          const hash = createHash('sha256')
            .update(`${which} ${label} ${domain} ${i}`)
            .digest()
            .subarray(0, 16)
          images.push({ hash, label, domain })
        }
      }
    }
    images.sort((a, b) => Buffer.compare(a.hash, b.hash) || a.label - b.label)
    of[which] = images.map((image) => image.domain)
    return {
      size: images.length,
      labels: Uint16Array.from(images, (image) => image.label),
      hashes: new Uint8Array(Buffer.concat(images.map((image) => image.hash))),
    }
  }
  const splits = { train: split('train', train), test: split('test', test) }
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`)
  return {
    name,
    title: 'Made',
    classes: names,
    id: contentId({ names, ...hashesOf(splits) }),
    status: made.status ?? 'unverified',
    image: { width: 8, height: 8 },
    splits,
    source: { format: 'files', paths: { train: [], test: [] } },
    notes: [],
    domains:
      domains > 1
        ? {
            names: Array.from({ length: domains }, (_, i) => `look ${i}`),
            of: { train: Uint8Array.from(of.train), test: Uint8Array.from(of.test) },
          }
        : undefined,
  }
}

function hashesOf(splits: Dataset['splits']) {
  return {
    train: [Buffer.from(splits.train.hashes).toString('hex'), [...splits.train.labels]],
    test: [Buffer.from(splits.test.hashes).toString('hex'), [...splits.test.labels]],
  }
}
