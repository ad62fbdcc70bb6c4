/**
 * Writes src/streams/locks: `npx tsx test/golden/streams/write-locks.mts DATA CACHE`, with CIFAR-100 under DATA.
 * Locks are facts: one that changes means another stream, and old records are no longer of it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { openDataset } from '../../../src/datasets/index.ts'
import { packageRoot, publishText } from '../../../src/files/index.ts'
import { layStream, lockName, lockOf, lockText } from '../../../src/streams/index.ts'

const [data, cache] = process.argv.slice(2)
const dataset = await openDataset('cifar-100', { data, cache, allowUnofficial: true })
const suite = parse(readFileSync(join(packageRoot, 'suites/split-cifar100-seeds.yaml'), 'utf8')) as {
  streams: { name: string; tasks: string; orders: string[] }[]
}
for (const { name, tasks, orders } of suite.streams) {
  for (const order of orders) {
    // `unverified` so that the lock being replaced is not held against the stream.
    const stream = layStream({ name, tasks, order }, { ...dataset, status: 'unverified' })
    publishText(join(packageRoot, 'src/streams/locks', lockName(stream)), lockText(lockOf(stream, dataset)))
  }
}
