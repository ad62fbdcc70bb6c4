import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StreambedError } from '../error.ts'
import { packageVersion, publishText } from '../files/index.ts'
import { readModel } from '../onnx/index.ts'
import { runtimeVersion } from '../runtime/index.ts'
import { embedPictures } from './check.ts'
import { builtInPictures, goldenValues } from './golden.ts'
import { embeddingCandidates, listed, networkInput } from './graph.ts'
import { requireFit } from './input-model.ts'
import { networkDigest } from './network-digest.ts'
import { type Passport, passportSchema } from './passport.ts'
import { type Answers, answerTo, type Question, questions } from './questions.ts'

export type { Answers, Question } from './questions.ts'

export interface AddOptions {
  /** The `.onnx` file. */
  file: string
  /** What is known already, by question, as a person would type it: `{ embedding: 'features', mean: '0.5' }`. */
  answers?: Answers
  /** Asks a person; without it, an answer that is needed and not given is an error naming its flag. */
  ask?: (question: Question) => Promise<string>
  /** Where the passport goes; beside the network unless said, where it is found again. */
  folder?: string
  /** Replaces a passport that is there already. */
  replace?: boolean
}

/**
 * Writes a passport for a network: looks into the graph for what it tells (input, sizes, tensors that may be the
 * embedding), asks for what no file tells (scaling, colour order, resize, pretraining), and never guesses.
 *
 * The golden embeddings are this runtime's own, on pictures made by formula: they prove that later runs equal this
 * one, not that the answers were right, and the passport says so. Pretraining that nobody declares stays unknown.
 *
 * @returns the passport and the path it was written to, `<name>.passport.json`
 * @throws backbone-answer-missing naming the flag; backbone-answer naming the values that are taken;
 *   passport-exists; backbone-input, preprocessing-does-not-fit and what `readModel` throws
 */
export async function addBackbone(options: AddOptions): Promise<{ passport: Passport; path: string }> {
  const { file, answers = {}, ask } = options
  const model = readModel(file)
  const input = networkInput(model)
  const tell = async (question: Question) => answerTo(question, answers, ask, file)

  const name = answers.name ?? basename(file).replace(/\.onnx$/i, '')
  const path = join(options.folder ?? dirname(file), `${name}.passport.json`)
  if (existsSync(path) && options.replace !== true) {
    throw new StreambedError('passport-exists', {
      what: `There is a passport for ${name} already.`,
      where: path,
      mend: 'Delete it, ask for it to be replaced (--replace), or choose another --name.',
    })
  }
  const size = { width: input.width, height: input.height }
  if (size.width === undefined || size.height === undefined) {
    const side = await questions.size(tell)
    size.width ??= side
    size.height ??= side
  }
  const sides = { width: size.width, height: size.height }
  const candidates = await embeddingCandidates(model, sides)
  if (candidates.length === 0) {
    throw new StreambedError('backbone-embedding', {
      what: 'The network makes no tensor of shape [batch, dimension], so there is nothing to use as the embedding.',
      where: file,
      mend: 'Export it with pooled features as an output; export_backbone.py does so.',
    })
  }
  const embedding = await questions.embedding(tell, candidates, listed(candidates))
  const preprocessing = {
    ...(await questions.resizing(tell, Math.min(sides.width, sides.height))),
    ...(await questions.scaling(tell)),
  }
  const passport = passportSchema.parse({
    version: 1,
    name,
    title: answers.title ?? name,
    summary: `${name} at ${sides.width === sides.height ? sides.width : `${sides.width} × ${sides.height}`}, ${embedding.dimension} values`,
    file: basename(file),
    sha256: await networkDigest(file),
    url: answers.url ?? null,
    licence: answers.licence ?? null,
    input: { name: input.name, ...sides },
    embedding: { name: embedding.name, dimension: embedding.dimension },
    preprocessing,
    // The one question that may stay open: what nobody declares is unknown.
    pretraining:
      ask === undefined && answers.pretraining === undefined ? null : await questions.pretraining(tell),
    golden: {
      tolerance: 0.001,
      images: [],
      source: `Made by onnxruntime ${runtimeVersion()} when Streambed ${packageVersion()} wrote this passport: later runs are proved equal to it, the answers given then are not proved right.`,
    },
  } satisfies Passport)
  for (const picture of builtInPictures) {
    const picked = fitting(passport, picture)
    if (
      passport.golden.images.some(({ width, height }) => width === picked.width && height === picked.height)
    )
      continue
    const [made] = await embedPictures({ passport, path: file }, [picked], passport.preprocessing)
    passport.golden.images.push({ ...picked, ...goldenValues(made) })
  }
  publishText(path, `${JSON.stringify(passport, null, 2)}\n`)
  return { passport, path }
}

/** The picture, or its formula at the network's own size where nothing is resized. */
function fitting(
  passport: Passport,
  picture: (typeof builtInPictures)[number],
): (typeof builtInPictures)[number] {
  const { width, height } = passport.input
  const { resize, crop } = passport.preprocessing
  const picked =
    resize === null ? { ...picture, width: crop ?? width, height: crop ?? height } : { ...picture }
  if (resize?.rule === 'shorter-side' && crop === null) picked.height = picked.width
  requireFit(passport, passport.preprocessing, picked)
  return picked
}
