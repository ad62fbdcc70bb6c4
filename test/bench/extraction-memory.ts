import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBackbone } from '../../src/backbones/index.ts'
import { openEmbeddings } from '../../src/embeddings/index.ts'
import { cifarSlice } from './cifar-slice.ts'

/** Extracts so many images in a process of its own and prints its peak of resident memory, in bytes. */
const [data, images, threads] = process.argv.slice(2)
const cache = mkdtempSync(join(tmpdir(), 'streambed-bench-cache-'))
try {
  const backbone = await findBackbone('vit-tiny', { data })
  const dataset = await cifarSlice(data, Number(images))
  const { preprocessing } = backbone.passport
  const store = await openEmbeddings({ dataset, backbone, preprocessing, cache, threads: Number(threads) })
  store.close()
  console.log(process.resourceUsage().maxRSS * 1024)
} finally {
  rmSync(cache, { recursive: true, force: true })
}
