import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../files/index.ts'
import type { Method } from '../method/index.ts'
import { type Model, type Prefix, readModel, writeModel } from '../onnx/index.ts'
import { type BackboneSource, frozenBackbone, trainableBackbone, usesEmbeddings } from '../protocol/index.ts'
import { openSession, Tensor } from '../runtime/index.ts'
import { embeddingSize, microEmbeddings, microPictures, side } from './micro-stream.ts'

/** What a method learns on: embeddings, or pictures under a small Vision Transformer, or a CNN with BatchNormalization. */
export type Level = 'embeddings' | 'vit' | 'cnn'

/** Levels at which a method can be walked, the quicker one first. */
export function levelsOf({ needs: { gradients, anatomy, embeddings = false } }: Method): readonly Level[] {
  if (gradients !== 'backbone') return ['embeddings']
  if (anatomy !== undefined) return [anatomy === 'transformer' ? 'vit' : 'cnn']
  // What compares embeddings with what its own network makes of them can't do with a head alone.
  return embeddings ? ['vit', 'cnn'] : ['embeddings', 'vit', 'cnn']
}

/** The ground of one run, anew for each: what a backbone gives, and what it counts, is the protocol's own. */
export async function groundOf(method: Method, level: Level, seed: number): Promise<BackboneSource> {
  const common = { threads: 1, seed: `${seed}` }
  if (level === 'embeddings') {
    return frozenBackbone(
      { embeddings: table(microEmbeddings, embeddingSize), dimension: embeddingSize },
      common,
    )
  }
  const { model, features } = await network(level)
  const size = { width: side, height: side }
  return trainableBackbone(
    {
      model: async () => model,
      fronts: { pixels: front('pixels'), view: front('view') },
      picture: size,
      input: size,
    },
    {
      pictures: {
        shape: [3, side, side],
        read: async (...asked) => table(microPictures, 3 * side * side).read(...asked),
      },
      ...(usesEmbeddings(method.needs) && { embeddings: table(await features(), networkSize) }),
      dimension: networkSize,
    },
    1,
    common,
  )
}

const networkSize = 16

function table<Values extends Float32Array | Uint8Array>(of: { train: Values; test: Values }, size: number) {
  return {
    read(split: 'train' | 'test', rows: ArrayLike<number>, into: Values) {
      for (let i = 0; i < rows.length; i++) {
        into.set(of[split].subarray(rows[i] * size, (rows[i] + 1) * size), i * size)
      }
    },
  }
}

interface Network {
  model: Model
  /** Of all pictures, by the network as it is. */
  features(): Promise<{ train: Float32Array; test: Float32Array }>
}

const networks = new Map<string, Promise<Network>>()

/** A Vision Transformer of two blocks and a CNN with BatchNormalization, both of 16 features: random, and small. */
function network(name: 'vit' | 'cnn'): Promise<Network> {
  const known = networks.get(name) ?? open(name)
  networks.set(name, known)
  return known
}

async function open(name: string): Promise<Network> {
  const path = join(packageRoot, `src/conformance/tiny-${name}.onnx`)
  const model = readModel(readFileSync(path), `tiny-${name}`)
  let all: ReturnType<Network['features']> | undefined
  const featuresOf = async (pictures: Uint8Array) => {
    const session = await openSession(writeModel(model), { threads: 1, label: model.label })
    const size = 3 * side * side
    const rows = new Float32Array((pictures.length / size) * networkSize)
    for (let row = 0; row < pictures.length / size; row++) {
      const pixels = Float32Array.from(pictures.subarray(row * size, (row + 1) * size), (byte) => byte / 255)
      const outputs = await session.run({
        [session.inputNames[0]]: new Tensor('float32', pixels, [1, 3, side, side]),
      })
      rows.set(Object.values(outputs)[0].data as Float32Array, row * networkSize)
    }
    return rows
  }
  const allFeatures = async () => ({
    train: await featuresOf(microPictures.train),
    test: await featuresOf(microPictures.test),
  })
  return { model, features: () => (all ??= allFeatures()) }
}

/** Bytes of a picture to what the tiny networks are fed: 0 … 1. */
function front(input: string): Prefix {
  return {
    inputs: { [input]: { type: 'uint8', shape: ['batch', 3, side, side] } },
    nodes: [
      { op: 'Cast', inputs: [input], outputs: ['floats'], attributes: { to: 1 } },
      { op: 'Div', inputs: ['floats', 'most'], outputs: ['scaled'] },
    ],
    constants: { most: { type: 'float32', dims: [], data: Float32Array.of(255) } },
    output: 'scaled',
  }
}
