import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { StreambedError } from '../error.ts'
import { packageVersion, publishText } from '../files/index.ts'
import { contentId } from '../identity/index.ts'
import { writeModel } from '../onnx/index.ts'
import { hostPrepares, type Preprocessing, prepare } from '../pictures/index.ts'
import {
  type Device,
  openSession,
  type Placement,
  runtimeVersion,
  type Session,
  Tensor,
} from '../runtime/index.ts'
import { type Alternative, alternatives, inWords, pairedAlternatives } from './alternatives.ts'
import { type GoldenImage, goldenDifference, goldenPixels } from './golden.ts'
import { hostInput } from './host-input.ts'
import { inputModel, requireFit } from './input-model.ts'
import type { Backbone } from './passport.ts'
import { planarNetwork } from './planar-network.ts'

type Proved = Pick<Backbone, 'passport' | 'path'>

/** What a check of golden embeddings found. */
export interface GoldenCheck {
  /** Relative, one a golden picture; see `goldenDifference`. */
  differences: number[]
  /** The largest of them. */
  worst: number
  tolerance: number
  /** Operators that ran on the CPU although another device was asked for, and how often. */
  onCpu: Placement['onCpu']
  /** An earlier check of the same passport, runtime and processor stood in for this one. */
  remembered: boolean
}

export interface CheckOptions {
  /** Cache folder in which a passed check is remembered, by passport, runtime, processor and device. */
  cache?: string | undefined
  /** 1 unless said. */
  threads?: number | undefined
  /** 'cpu' unless said. */
  device?: Device | undefined
}

/**
 * Proves that this runtime on this machine, fed as declared, makes the embeddings that the passport says.
 *
 * @param preprocessing the passport's own unless said
 * @throws backbone-check-failed when an embedding is further off than the passport's tolerance. It names the likely
 *   cause: the first of some forty other settings (colour order, mean and std, divisor, resize, crop; then two at
 *   once) that does reproduce them, or that none does.
 * @throws passport-golden-picture, preprocessing-does-not-fit, backbone-input, backbone-embedding
 */
export async function checkBackbone(
  backbone: Proved,
  preprocessing: Preprocessing = backbone.passport.preprocessing,
  options: CheckOptions = {},
): Promise<GoldenCheck> {
  const { passport } = backbone
  const { tolerance, images } = passport.golden
  if (images.length === 0) {
    throw new StreambedError('passport-golden-picture', {
      what: `The passport of ${passport.name} has no golden pictures, so nothing can be proved.`,
      where: `${passport.name} › golden.images`,
      mend: 'Have the passport written anew: streambed backbone add FILE.',
    })
  }
  const memory = memoryOf(backbone, preprocessing, options)
  if (memory !== undefined && existsSync(memory)) {
    const kept = JSON.parse(readFileSync(memory, 'utf8')) as Pick<GoldenCheck, 'differences'> &
      Partial<GoldenCheck>
    const { differences, onCpu = {} } = kept
    return { differences, onCpu, worst: Math.max(...differences), tolerance, remembered: true }
  }
  const onCpu: Record<string, number> = {}
  const made = await embedPictures(backbone, images, preprocessing, options, (placement) =>
    Object.assign(onCpu, placement.onCpu),
  )
  const differences = images.map((image, i) => goldenDifference(made[i], image))
  const worst = Math.max(...differences)
  if (worst > tolerance) throw await failed(backbone, preprocessing, differences, options)
  if (memory !== undefined)
    publishText(memory, `${JSON.stringify({ name: passport.name, differences, onCpu })}\n`)
  return { differences, onCpu, worst, tolerance, remembered: false }
}

type Pictures = readonly Pick<GoldenImage, 'width' | 'height' | 'pixels'>[]

/**
 * The embeddings of golden pictures on the way that every picture goes: through `inputModel`, one at a time.
 * Pictures of one size share a session, since loading a network takes longer than running it once.
 * @param placed is told what ran where, of each session on another device than the CPU
 * @returns [pictures] of [dimension]
 */
export async function embedPictures(
  backbone: Proved,
  images: Pictures,
  preprocessing: Preprocessing,
  { threads = 1, device = 'cpu' }: CheckOptions = {},
  placed?: (placement: Placement) => void,
): Promise<Float32Array[]> {
  const { passport } = backbone
  const sessions = new Map<string, Session>()
  const embeddings: Float32Array[] = []
  try {
    for (const image of images) {
      const size = { width: image.width, height: image.height }
      const hostPrepared = hostPrepares(size, preprocessing)
      const key = hostPrepared ? 'prepared' : `${size.width} × ${size.height}`
      let session = sessions.get(key)
      if (session === undefined || hostPrepared) requireFit(passport, preprocessing, size)
      if (session === undefined) {
        const model = await inputModel(backbone, { preprocessing, image: size, hostPrepared })
        session = await openSession(model, { threads, device, label: passport.name })
        sessions.set(key, session)
      }
      const raw = { ...size, pixels: goldenPixels(image, passport.name), planar: true }
      const { width, height, pixels } = hostPrepared ? prepare(raw, preprocessing) : raw
      const { embedding } = await session.run({ pixels: new Tensor('uint8', pixels, [1, 3, height, width]) })
      if (session.placement !== undefined) placed?.(session.placement)
      embeddings.push(embedding.data as Float32Array)
    }
    return embeddings
  } finally {
    for (const session of sessions.values()) await session.release()
  }
}

async function failed(
  backbone: Proved,
  declared: Preprocessing,
  differences: readonly number[],
  options: CheckOptions,
): Promise<StreambedError> {
  const { passport, path } = backbone
  const { tolerance, images } = passport.golden
  const { found, tried } = await reproducing(backbone, declared, options)
  const cause = found?.cause ?? 'none of them'
  const off = `${relative(Math.max(...differences))} off, ${relative(tolerance)} allowed, ${differences.filter((d) => d > tolerance).length} of ${images.length} pictures`
  const what =
    found === undefined
      ? `${passport.name} does not reproduce its golden embeddings (${off}), nor does it with any of ${tried} other ways to prepare pictures: the weights, the embedding's name or the golden values are the likely cause.`
      : `${passport.name} does not reproduce its golden embeddings (${off}). They are reproduced with ${found.setting}; declared is ${inWords(found.cause, declared)}: ${cause} is the likely cause.`
  return new StreambedError('backbone-check-failed', {
    what,
    where: `${path} and the preprocessing of ${passport.name}`,
    mend:
      found === undefined
        ? 'Compare the SHA-256 of the weights with their source, and look at embedding and golden in the passport.'
        : `Declare this preprocessing, if it is what the network was trained with: ${JSON.stringify(found.preprocessing)}`,
  })
}

/** The first other way to prepare pictures that reproduces every golden embedding. */
async function reproducing(
  backbone: Proved,
  declared: Preprocessing,
  { threads = 1, device = 'cpu' }: CheckOptions,
): Promise<{ found: Alternative | undefined; tried: number }> {
  const { passport } = backbone
  const model = await planarNetwork(backbone)
  const session = await openSession(writeModel(model), { threads, device, label: passport.name })
  try {
    let tried = 0
    for (const alternative of [...alternatives(declared), ...pairedAlternatives(declared)]) {
      tried++
      if (await reproduces(session, passport, alternative.preprocessing)) return { found: alternative, tried }
    }
    return { found: undefined, tried }
  } finally {
    await session.release()
  }
}

async function reproduces(
  session: Session,
  passport: Backbone['passport'],
  p: Preprocessing,
): Promise<boolean> {
  const { input, golden } = passport
  for (const image of golden.images) {
    try {
      requireFit(passport, p, image)
    } catch {
      return false
    }
    const picture = { ...image, pixels: goldenPixels(image, passport.name) }
    const fed = new Tensor('float32', hostInput(picture, input, p), [1, 3, input.height, input.width])
    const { embedding } = await session.run({ [session.inputNames[0]]: fed })
    if (goldenDifference(embedding.data as Float32Array, image) > golden.tolerance) return false
  }
  return true
}

/** 0.0123 as `1.2 %`: enough digits to set it against a tolerance. */
function relative(share: number): string {
  return Number.isFinite(share) ? `${Number((100 * share).toPrecision(2))} %` : 'not a finite number'
}

function memoryOf(
  { passport }: Proved,
  preprocessing: Preprocessing,
  { cache, device = 'cpu' }: CheckOptions,
): string | undefined {
  if (cache === undefined) return undefined
  const id = contentId({
    passport,
    preprocessing,
    runtime: runtimeVersion(),
    processor: cpus()[0]?.model ?? '',
    streambed: packageVersion(),
    ...(device !== 'cpu' && { device }),
  })
  return join(cache, 'backbone-checks', `${id}.json`)
}
