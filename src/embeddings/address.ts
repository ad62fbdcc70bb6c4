import type { Backbone } from '../backbones/index.ts'
import type { Dataset } from '../datasets/index.ts'
import { contentId } from '../identity/index.ts'
import type { Preprocessing } from '../pictures/index.ts'
import { type Device, runtimeVersion } from '../runtime/index.ts'

/** Raised whenever the same question would give other bits: another graph around the backbone, another layout. */
const pipelineVersion = 1

/**
 * Images a pass. Part of the address: images are always passed in the same company, batch k holding rows
 * 8k … 8k + 7, so that a resumed extraction gives the same bits even on a machine where company matters.
 * Eight keep a ViT's activations in the cache of the processor; more were not faster (test/bench/extraction.ts).
 */
export const batchSize = 8

/** What is asked for: the embeddings of every image of a dataset by one backbone under one preprocessing. */
export interface EmbeddingQuestion {
  dataset: Dataset
  backbone: Backbone
  preprocessing: Preprocessing
  /** Where the backbone is computed; 'cpu' unless said. */
  device?: Device
}

/** All that moves a bit of the answer, and nothing else. Its content id names the cache entry. */
export function embeddingIdentity({ dataset, backbone, preprocessing, device = 'cpu' }: EmbeddingQuestion) {
  const { input, embedding } = backbone.passport
  return {
    pipeline: pipelineVersion,
    runtime: runtimeVersion(),
    batch: batchSize,
    ...(device !== 'cpu' && { device }), // another device rounds otherwise: none of its rows beside the CPU's
    backbone: backbone.sha256,
    input: { name: input.name, height: input.height, width: input.width },
    embedding: embedding.name,
    dimension: backbone.dimension,
    preprocessing,
    dataset: dataset.id,
    images: { train: dataset.splits.train.size, test: dataset.splits.test.size },
  }
}

/** The name of the cache entry: 16 hexadecimal digits. */
export function embeddingKey(question: EmbeddingQuestion): string {
  return contentId(embeddingIdentity(question))
}
