import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Dataset, openDataset } from '../../src/datasets/index.ts'
import { contentId } from '../../src/identity/index.ts'

/** CIFAR-100 with only the first `images` of its train split and one of test: a stream as long as we like. */
export async function cifarSlice(data: string, images: number): Promise<Dataset> {
  const whole = await openDataset('cifar-100', {
    data,
    cache: join(tmpdir(), 'streambed-bench'),
    allowUnofficial: true,
  })
  const { source, splits } = whole
  if (source.format !== 'cifar-binary') throw new TypeError('CIFAR-100 is read from its binary layout')
  const cut = (split: 'train' | 'test', size: number) => ({
    size,
    labels: splits[split].labels.slice(0, size),
    hashes: splits[split].hashes.slice(0, size * 16),
  })
  return {
    ...whole,
    id: contentId([whole.id, images]),
    splits: { train: cut('train', images), test: cut('test', 1) },
    source: {
      ...source,
      records: { train: source.records.train.slice(0, images), test: source.records.test.slice(0, 1) },
    },
  }
}
