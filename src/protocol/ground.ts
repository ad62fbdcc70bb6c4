import { trainingNetwork } from '../backbones/index.ts'
import { openReader } from '../datasets/index.ts'
import type { EmbeddingStore } from '../embeddings/index.ts'
import type { Method } from '../method/index.ts'
import { type BackboneSource, frozenBackbone, trainableBackbone } from './backbone.ts'
import { usesEmbeddings } from './capabilities.ts'
import type { FeaturePlan, RunPlan } from './run-plan.ts'
import type { Walk } from './walk.ts'

export interface Ground {
  readonly backbone: BackboneSource
  readonly embeddings: EmbeddingStore | undefined
  close(): void
}

/** What a run stands on: embeddings if its method asks for them, and pictures if it trains the backbone. */
export async function openGround(
  { features, seed, method }: Pick<RunPlan, 'features' | 'seed' | 'method'>,
  openStore: (features: FeaturePlan) => Promise<EmbeddingStore>,
): Promise<Ground> {
  const { backbone, dataset, preprocessing, operationsPerImage, threads, device } = features
  const { needs } = method
  const embeddings = usesEmbeddings(needs) ? await openStore(features) : undefined
  const common = { threads, seed: `${seed}` }
  const { dimension } = backbone
  if (needs.gradients !== 'backbone') {
    return {
      backbone: frozenBackbone({ embeddings, dimension }, common),
      embeddings,
      close: () => embeddings?.close(),
    }
  }
  const network = trainingNetwork(backbone, { preprocessing, image: dataset.image })
  const pictures = openReader(dataset, preprocessing, backbone.passport.input)
  return {
    backbone: trainableBackbone(network, { pictures, embeddings, dimension }, operationsPerImage, {
      ...common,
      ...(device && { device }), // heads on embeddings stay on the CPU: a transfer costs more than they do
    }),
    embeddings,
    close() {
      pictures.close()
      embeddings?.close()
    },
  }
}

/** The walk that a plan means, by this method on this ground. */
export function walkOn(ground: Ground, plan: RunPlan, method: Method): Omit<Walk, 'manifest'> {
  const { splits } = plan.features.dataset
  const labelsOf = (labels: Uint16Array) => Int32Array.from(labels, (label) => plan.stream.labelOf[label])
  return {
    stream: plan.stream,
    labels: { train: labelsOf(splits.train.labels), test: labelsOf(splits.test.labels) },
    method,
    options: { ...method.options, ...plan.method.options },
    backbone: ground.backbone,
    backboneOperations: plan.features.operationsPerImage,
    seed: plan.seed,
  }
}
