import type { Dataset } from '../datasets/index.ts'
import { merkleRoot } from '../identity/index.ts'
import type { StreamTask } from './stream.ts'

/** Merkle roots of what a stream shows: each learned chunk, and each task's test set. 64 hexadecimal digits each. */
export interface StreamRoots {
  chunks: readonly string[]
  tests: readonly string[]
}

/** Bytes of a leaf: 16 of the image's hash, and the stream label as 2, low byte first. */
const leafBytes = 18

export function rootsOf(
  parts: { labelOf: readonly number[]; chunks: readonly Uint32Array[]; tasks: readonly StreamTask[] },
  dataset: Dataset,
): StreamRoots {
  const root = (split: 'train' | 'test', rows: Uint32Array) => {
    const { hashes, labels } = dataset.splits[split]
    const leaves = Buffer.alloc(rows.length * leafBytes)
    for (const [i, row] of rows.entries()) {
      leaves.set(hashes.subarray(row * 16, row * 16 + 16), i * leafBytes)
      leaves.writeUInt16LE(parts.labelOf[labels[row]], i * leafBytes + 16)
    }
    return merkleRoot(leaves, leafBytes)
  }
  return {
    chunks: parts.chunks.map((rows) => root('train', rows)),
    tests: parts.tasks.map((task) => root(task.from ?? 'test', task.test)),
  }
}
