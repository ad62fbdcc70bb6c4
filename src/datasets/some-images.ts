import { datasetId, hashBytes, splitRoot } from './canonical-order.ts'
import type { Dataset, DatasetSplit, ImageGroups, ImageSource, Split } from './dataset.ts'

/**
 * A dataset with some of its images alone, numbered anew in the same order, under an id of its own: what is computed
 * for every image (embeddings) is then computed for these.
 *
 * @param rows of each split, ascending
 */
export function someImages(dataset: Dataset, rows: Readonly<Record<Split, Uint32Array>>): Dataset {
  const both = <T>(of: (split: Split) => T): Record<Split, T> => ({ train: of('train'), test: of('test') })
  const groups = (whole: ImageGroups): ImageGroups => ({
    names: whole.names,
    of: both((split) => Uint8Array.from(rows[split], (row) => whole.of[split][row])),
  })
  const splits = both((split) => those(dataset.splits[split], rows[split]))
  const { domains, superclasses } = dataset
  return {
    ...dataset,
    id: datasetId(
      dataset.classes,
      both((split) => splitRoot(splits[split])),
    ),
    splits,
    source: sourceOf(dataset.source),
    ...(domains && { domains: groups(domains) }),
    ...(superclasses && { superclasses: groups(superclasses) }),
  }

  function sourceOf(source: ImageSource): ImageSource {
    return source.format === 'cifar-binary'
      ? { ...source, records: both((split) => rows[split].map((row) => source.records[split][row])) }
      : { ...source, paths: both((split) => Array.from(rows[split], (row) => source.paths[split][row])) }
  }
}

function those({ labels, hashes }: DatasetSplit, rows: Uint32Array): DatasetSplit {
  const own = new Uint8Array(rows.length * hashBytes)
  for (const [i, row] of rows.entries()) {
    own.set(hashes.subarray(row * hashBytes, (row + 1) * hashBytes), i * hashBytes)
  }
  return { size: rows.length, labels: Uint16Array.from(rows, (row) => labels[row]), hashes: own }
}
