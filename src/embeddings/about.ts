import { readFileSync, utimesSync } from 'node:fs'
import { cpus } from 'node:os'
import { z } from 'zod'
import { packageVersion, publishText } from '../files/index.ts'
import { runtimeVersion } from '../runtime/index.ts'
import { batchSize, type EmbeddingQuestion, embeddingIdentity } from './address.ts'
import type { Attempt } from './journal.ts'
import { aboutFile, type Layout } from './layout.ts'

const aboutSchema = z.object({
  version: z.literal(1),
  title: z.string(),
  dataset: z.string(),
  backbone: z.string(),
  layout: z.object({
    dimension: z.int().min(1),
    images: z.object({ train: z.int().min(0), test: z.int().min(0) }),
    batch: z.int().min(1),
  }),
  /** All that moves a bit, as hashed into the key. */
  identity: z.record(z.string(), z.unknown()),
})
/** What a cache entry says about itself. For people and listings: no embedding is believed because of it. */
export type About = z.infer<typeof aboutSchema>

export function layoutOf({ dataset, backbone }: EmbeddingQuestion): Layout {
  const { train, test } = dataset.splits
  return {
    dimension: backbone.dimension,
    images: { train: train.size, test: test.size },
    batch: batchSize,
  }
}

export function aboutOf(question: EmbeddingQuestion): About {
  const { dataset, backbone } = question
  return {
    version: 1,
    title: `${backbone.passport.title} on ${dataset.title}`,
    dataset: dataset.name,
    backbone: backbone.name,
    layout: layoutOf(question),
    identity: embeddingIdentity(question),
  }
}

export function readAbout(folder: string): About | undefined {
  try {
    return aboutSchema.parse(JSON.parse(readFileSync(aboutFile(folder), 'utf8')))
  } catch {
    return undefined
  }
}

export function writeAbout(folder: string, about: About): void {
  publishText(aboutFile(folder), JSON.stringify(about, null, 2) + '\n')
}

/** Notes that the entry is in use now. A cache that may only be read is used all the same. */
export function touch(folder: string): void {
  const now = new Date()
  try {
    utimesSync(aboutFile(folder), now, now)
  } catch {
    // the time of last use only orders a listing
  }
}

export function thisAttempt(threads: number): Attempt {
  return {
    at: new Date().toISOString(),
    streambed: packageVersion(),
    runtime: runtimeVersion(),
    cpu: cpus()[0]?.model ?? 'unknown',
    threads,
    batch: batchSize,
  }
}
