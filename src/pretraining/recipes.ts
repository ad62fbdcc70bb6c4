import { miniResnet } from './mini-resnet.ts'
import { miniVit } from './mini-vit.ts'
import type { Pretraining } from './pretrain.ts'

/** How each backbone that comes with Streambed was made. */
export const recipes: readonly Readonly<Omit<Pretraining, 'onStep'>>[] = [
  { name: 'mini-resnet', network: miniResnet(), steps: 3000, batch: 64, rate: 0.003 },
  { name: 'mini-vit', network: miniVit(), steps: 6000, batch: 32, rate: 0.002 },
]
