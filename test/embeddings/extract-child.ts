import { findBackbone } from '../../src/backbones/index.ts'
import {
  type EmbeddingQuestion,
  type ExtractionProgress,
  openEmbeddings,
} from '../../src/embeddings/index.ts'
import { StreambedError } from '../../src/error.ts'
import { cifarSlice } from '../bench/cifar-slice.ts'
import { type SmallQuestion, smallQuestion } from './small-question.ts'

/** Opens embeddings in a process of its own, for tests that kill it, starve it of disk or race two of them. */
export interface ChildJob {
  folder: string
  cache: string
  /** The made-up question, or so many images of CIFAR-100 by the ViT of a data folder. */
  shape: SmallQuestion | { data: string; images: number }
  threads?: number
}

export type ChildWord =
  | { kind: 'progress'; progress: ExtractionProgress }
  | { kind: 'done'; spent: unknown; rss: number[]; peakRss: number }
  | { kind: 'failed'; code: string; message: string }

const say = (word: ChildWord) => new Promise<void>((resolve) => process.send!(word, () => resolve()))

process.on('message', async (job: ChildJob) => {
  const rss: number[] = []
  try {
    const store = await openEmbeddings({
      ...(await questionOf(job)),
      cache: job.cache,
      threads: job.threads ?? 1,
      onProgress(progress) {
        rss.push(process.memoryUsage.rss())
        void say({ kind: 'progress', progress })
      },
    })
    store.close()
    await say({ kind: 'done', spent: store.spent, rss, peakRss: process.resourceUsage().maxRSS * 1024 })
  } catch (error) {
    const code = error instanceof StreambedError ? error.code : 'unknown'
    await say({ kind: 'failed', code, message: String((error as Error).stack) })
  }
  process.disconnect()
})

export async function questionOf({ folder, shape }: ChildJob): Promise<EmbeddingQuestion> {
  if (!('data' in shape)) return smallQuestion(folder, shape)
  const backbone = await findBackbone('vit-tiny', { data: shape.data })
  const dataset = await cifarSlice(shape.data, shape.images)
  return { dataset, backbone, preprocessing: backbone.passport.preprocessing }
}
