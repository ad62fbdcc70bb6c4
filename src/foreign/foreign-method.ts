import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { StreambedError } from '../error.ts'
import { contentId, sha256 } from '../identity/index.ts'
import type { Backbone, Images, Learner, Method, Scores, Start } from '../method/index.ts'
import { type Answer, openConnection } from './connection.ts'
import {
  chosenSchema,
  type Description,
  descriptionSchema,
  reportSchema,
  stagesSchema,
} from './description.ts'
import { WireArray, wired } from './frames.ts'
import { kept, sent } from './state.ts'

/** Seconds for an answer, unless the method says how many. */
const patience = 600

const ids = new WeakMap<Method, string>()

/**
 * The identity of a method that is another process, by the bytes of the files that it names as its code; `undefined` for
 * one that is a module.
 */
export function foreignId(method: Method): string | undefined {
  return ids.get(method)
}

/**
 * A method that is another process: asks it what it is, and gives what the protocol takes for any other method. Each
 * learner is a process of its own.
 *
 * @param program path of a `.py` file, or of an executable file
 * @throws method-process-answer, and whatever a connection throws
 */
export async function foreignMethod(program: string): Promise<Method> {
  const connection = openConnection(program, { threads: 1, patience })
  let description: Description
  try {
    description = agreed(descriptionSchema, (await connection.ask('describe')).result, 'describe', program)
  } finally {
    connection.close()
  }
  const { name, summary, source, needs, role, classifiers, options, operations } = description
  const method: Method = {
    name,
    summary,
    source,
    needs: needs as Method['needs'],
    ...(role && { role }),
    classifiers,
    options,
    operations,
    start: (context) => started(program, description, context),
  }
  const files = [...new Set([program, ...description.files])]
  const digests = files.map((file) => [basename(file), sha256(readFileSync(file))]).sort()
  ids.set(method, contentId(digests))
  return method
}

async function started(
  program: string,
  description: Description,
  context: Start<Method['options']>,
): Promise<Learner> {
  const { backbone, options, scenario, count } = context
  const { threads, trains } = backbone.base
  const connection = openConnection(program, { threads, patience: description.answersWithin ?? patience })
  const noted = (answer: Answer): unknown => {
    if (answer.trains !== undefined) trains(answer.trains)
    if (answer.operations !== undefined) {
      if (description.operations === 'unknown') {
        throw disagreement(program, 'It says how many operations it did, and described them as unknown')
      }
      count(answer.operations)
    }
    return answer.result
  }
  const ask = async (about: string, params?: object) => noted(await connection.ask(about, params))
  const askNow = (about: string, params?: object) => noted(connection.askNow(about, params))
  const chance = context.random('process')
  const shown = shownTo(description, backbone)
  const seen: number[] = []
  try {
    await ask('start', {
      options: { ...options },
      scenario,
      seed: [0, 1, 2, 3].map(() => chance.below(2 ** 32)),
      dimension: backbone.dimension,
      row: shown.row,
      threads,
    })
  } catch (error) {
    connection.close()
    throw error
  }
  return {
    newClasses(classes) {
      seen.push(...classes)
      askNow('newClasses', { classes: [...classes] })
    },
    stages(task) {
      const stages = agreed(stagesSchema, askNow('stages', { task }), 'stages', program)
      return stages.map((stage) => {
        const { name } = stage
        if ('steps' in stage) {
          return { ...stage, stepAt: async (place) => reported(await ask('step', { stage: name, place })) }
        }
        const { check, ...rest } = stage
        return {
          ...rest,
          step: async ({ images, labels }, place) =>
            reported(
              await ask('step', { stage: name, place, ...(await shown.of(images)), labels: wired(labels) }),
            ),
          ...(check && {
            check: {
              batch: check.batch,
              async step({ images, labels }) {
                await ask('check', { stage: name, ...(await shown.of(images)), labels: wired(labels) })
              },
              flat: () => askNow('flat', { stage: name }) === true,
            },
          }),
        }
      })
    },
    ...(description.hooks.includes('settle') && {
      async settle() {
        await ask('settle')
      },
    }),
    ...(description.hooks.includes('chosen') && {
      chosen: () => agreed(chosenSchema, askNow('chosen'), 'chosen', program),
    }),
    async predict(images) {
      const scores = (await ask('predict', await shown.of(images))) as Record<string, unknown> | null
      return Object.fromEntries(
        Object.keys(description.classifiers).map((name) => [
          name,
          scoresOf(scores?.[name], { name, method: description.name, images: images.length, seen, program }),
        ]),
      )
    },
    parts: {
      process: {
        save: () => kept(askNow('save')),
        load: (state) => void askNow('load', { state: sent(state) }),
      },
    },
    close: () => connection.close(),
  }

  function reported(result: unknown) {
    return agreed(reportSchema, result ?? null, 'step', program) ?? undefined
  }
}

/** What it is shown of images: their rows, their embeddings, or only how many they are. Never where they come from. */
function shownTo({ needs }: Description, backbone: Backbone) {
  const { picture, input, level } = backbone.base
  const { dimension, rowSize } = backbone
  const side = level === 'backbone' ? (picture ?? input) : undefined
  const shape = side && 3 * side.height * side.width === rowSize ? [3, side.height, side.width] : [rowSize]
  const isDeep = needs.gradients === 'backbone'
  const asks = { rows: isDeep || needs.embeddings !== false, embeddings: isDeep && needs.embeddings === true }
  const embedding = { dtype: 'float32', shape: [dimension] }
  return {
    row: isDeep ? { dtype: level === 'backbone' ? 'uint8' : 'float32', shape } : embedding,
    async of(images: Images): Promise<object> {
      const { length } = images
      return {
        length,
        ...(asks.rows && { rows: wired(await backbone.rows(images), [length, ...shape]) }),
        ...(asks.embeddings && { embeddings: wired(await backbone.embed(images), [length, dimension]) }),
      }
    },
  }
}

function scoresOf(
  scores: unknown,
  about: { name: string; method: string; images: number; seen: readonly number[]; program: string },
): Scores {
  const { name, method, images, seen, program } = about
  const shape = scores instanceof WireArray ? scores.shape : undefined
  if (scores instanceof WireArray && shape?.length === 2 && shape[0] === images && shape[1] === seen.length) {
    if (scores.data instanceof Float32Array) return scores.data
    if (scores.data instanceof Float64Array) return Float32Array.from(scores.data)
  }
  const gave = scores instanceof WireArray ? `${scores.dtype} [${scores.shape.join(' × ')}]` : 'no array'
  throw new StreambedError('scores-shape', {
    what: `${method}: predict gave ${gave} for "${name}", not float32 [${images} × ${seen.length}] (images × classes seen).`,
    where: program,
    mend: 'Return one float32 array for each declared classifier, a row an image, a column a class in the order of new_classes.',
    exit: 1,
  })
}

function agreed<Value>(
  schema: { safeParse(value: unknown): { success: boolean; data?: Value; error?: { issues: Issue[] } } },
  value: unknown,
  about: string,
  program: string,
): Value {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data as Value
  const { path, message } = error!.issues[0]
  throw disagreement(program, `Its answer to ${about} is not as agreed: ${[...path, message].join(': ')}`)
}

interface Issue {
  path: PropertyKey[]
  message: string
}

function disagreement(program: string, what: string): StreambedError {
  return new StreambedError('method-process-answer', {
    what: `${what}.`,
    where: program,
    mend: 'python/README.md of Streambed says what each answer holds.',
    exit: 1,
  })
}
