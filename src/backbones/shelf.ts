import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../files/index.ts'
import { type Passport, passportSchema } from './passport.ts'

/** The folder of the passports that come with Streambed, and of the two networks that do. */
export const shelfFolder: string = join(packageRoot, 'src', 'backbones')

/** The backbones that Streambed knows, one passport a file. Loading reads the passport, not the weights. */
export const backbones: readonly { name: string; summary: string; load(): Promise<Passport> }[] = [
  shelved(
    'mini-resnet',
    'Residual network of 96,000 weights at 32, drawn glyphs, 64 values; comes with Streambed',
  ),
  shelved(
    'mini-vit',
    'Vision Transformer of 91,000 weights at 32, drawn glyphs, 48 values; comes with Streambed',
  ),
  shelved('vit-tiny', 'ViT-Ti/16 at 224, ImageNet-21k then 1k, 192 values'),
  shelved('mobilenetv2', 'MobileNetV2 1.0 at 224, ImageNet-1k, 1,280 values'),
  shelved('squeezenet', 'SqueezeNet 1.1 at 224, ImageNet-1k, 512 values'),
]

export const shelfNames: readonly string[] = backbones.map(({ name }) => name)

function shelved(name: string, summary: string) {
  const path = join(shelfFolder, `${name}.passport.json`)
  return {
    name,
    summary,
    load: async () => passportSchema.parse(JSON.parse(readFileSync(path, 'utf8'))),
  }
}
