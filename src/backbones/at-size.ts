import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StreambedError } from '../error.ts'
import { publish } from '../files/index.ts'
import { sha256, sha256File } from '../identity/index.ts'
import { edited, type Model, writeModel } from '../onnx/index.ts'
import { preprocessingAt } from '../pictures/index.ts'
import { atInputSize, findBlocks } from '../rewriting/index.ts'
import { openSession, Tensor } from '../runtime/index.ts'
import { embeddingGraph, networkInput, openDimensions } from './graph.ts'
import type { Backbone } from './passport.ts'

/**
 * The backbone for pictures of another size, under a name that says so: `vit-tiny@96px`.
 *
 * A Vision Transformer's position embedding is resampled (bicubic with antialias, as timm
 * does); a network that pools whatever
 * map it gets keeps its weights as they are. The variant is a network of its own, written into the cache, with a
 * checksum and a passport of its own: its embeddings, operations and records are never taken for the original's.
 * Golden embeddings are the original's: prove that one (`checkBackbone`) before.
 *
 * @param side of the square pictures it is to take, in pixels
 * @throws input-not-patches for a side that a ViT's patches do not fill; backbone-size-fixed when the network as it
 *   was exported works at its own size alone, or not at one so small; what `findBlocks` finds in a ViT that it
 *   can't take apart
 */
export async function backboneAtSize(backbone: Backbone, side: number, cache: string): Promise<Backbone> {
  const { passport } = backbone
  if (passport.input.width === side && passport.input.height === side) return backbone
  const model = await resized(backbone, side)
  await proveItRuns(model, backbone, side)

  const bytes = writeModel(model)
  const checksum = sha256(bytes)
  const name = `${passport.name}@${side}px`
  const path = join(cache, 'backbones', `${name}-${checksum.slice(0, 16)}.onnx`)
  if (!existsSync(path) || (await sha256File(path)) !== checksum) publish(path, [bytes])
  return {
    name,
    path,
    sha256: checksum,
    dimension: backbone.dimension,
    passport: {
      ...passport,
      name,
      title: `${passport.title} at ${side} px`,
      file: basename(path),
      sha256: checksum,
      url: null,
      input: { ...passport.input, height: side, width: side },
      preprocessing: preprocessingAt(passport.preprocessing, side),
      golden: { ...passport.golden, images: [], source: `proved as ${passport.name}, ${backbone.sha256}` },
    },
  }
}

async function resized(backbone: Backbone, side: number): Promise<Model> {
  const { input } = backbone.passport
  const model = await embeddingGraph(backbone)
  const { layout, type } = networkInput(model, input.name)
  const blocks = model.graph.nodes.some(({ op }) => op === 'Softmax')
    ? await findBlocks(model, openDimensions(model, input, 1)).catch((error: StreambedError) => {
        // A network with a softmax that is no ViT may pool its map all the same; whether it does is tried next.
        if (error.code === 'vit-blocks-not-found') return undefined
        throw error
      })
    : undefined
  if (blocks !== undefined) return atInputSize(model, blocks, { height: side, width: side, antialias: true })
  const [batch] = model.graph.inputs[0].shape!
  const shape = layout === 'nchw' ? [batch, 3, side, side] : [batch, side, side, 3]
  return edited(model, { inputs: { [input.name]: { type, shape } } })
}

/** Two grey pictures go through, and two embeddings come out. */
async function proveItRuns(model: Model, { passport }: Backbone, side: number): Promise<void> {
  const { layout, type } = networkInput(model, passport.input.name)
  const dims = layout === 'nchw' ? [2, 3, side, side] : [2, side, side, 3]
  // Zeros are zeros in any of the three types.
  const room = { float32: Float32Array, float16: Uint16Array, float64: Float64Array }[type]
  const { dimension } = passport.embedding
  let made: readonly number[]
  try {
    const session = await openSession(writeModel(model), { threads: 1, label: model.label })
    try {
      const zeros = new Tensor(type, new room(6 * side * side) as Float32Array, dims)
      made = (await session.run({ [passport.input.name]: zeros }))[passport.embedding.name].dims
    } finally {
      await session.release()
    }
  } catch (cause) {
    throw fixed(`it does not run: ${(cause as Error).message}`, cause)
  }
  if (made[0] !== 2 || made[1] !== dimension || made.slice(2).some((rest) => rest !== 1)) {
    throw fixed(`two pictures make an embedding of [${made.join(', ')}], not [2, ${dimension}]`)
  }

  function fixed(why: string, cause?: unknown): StreambedError {
    const { name, input } = passport
    return new StreambedError('backbone-size-fixed', {
      what: `${name} can't take pictures of ${side} × ${side}: ${why}.`,
      where: `${model.label} › ${input.name}`,
      mend: `Leave size out (its own is ${input.width}), ask for one nearer to that, or export the network again at ${side} and give it a passport.`,
      cause,
    })
  }
}
