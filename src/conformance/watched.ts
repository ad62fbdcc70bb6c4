import type { Backbone, Images, Learner, Method, Stage } from '../method/index.ts'
import { contentOf, imagesOf } from '../protocol/index.ts'
import type { Eye, Finding, Question } from './check.ts'

/** The eyes of several checks on one walk, and the first thing that each of them saw. */
export interface Watch {
  readonly eyes: ReadonlyMap<string, Eye>
  readonly found: Map<string, Exclude<Finding, undefined>>
  /** Asked about the same images in more ways than one? Only then are eyes told of questions. */
  readonly isCurious: boolean
  /** Of the learner that is walking now. */
  learner?: Learner
  /** All that it was asked and said. */
  readonly answers: Answer[]
}

export interface Answer {
  readonly seen: number
  /** Image after image as they lie in the dataset, in whatever order a seed has asked about them. */
  readonly scores: Readonly<Record<string, Float32Array>>
}

export function watchOf(eyes: ReadonlyMap<string, Eye> = new Map(), { isCurious = false } = {}): Watch {
  return { eyes, found: new Map(), isCurious, answers: [] }
}

/** The same method, with everything that it is lent, does and says told to a watch. Nothing else is changed. */
export function watched(method: Method, watch: Watch): Method {
  const tell = (see: (eye: Eye) => Finding) => {
    for (const [check, eye] of watch.eyes) note(check, see(eye))
  }
  const note = (check: string, finding: Finding) => {
    if (finding !== undefined && !watch.found.has(check)) watch.found.set(check, finding)
  }
  /** Handles as the method has them, and the protocol's own behind them. */
  const behind = new WeakMap<Images, Images>()
  const handle = (images: Images): Images => {
    const look = (property: string | symbol) => {
      // `await` asks everything for its `then`.
      if (typeof property === 'symbol' || property === 'length' || property === 'then') return
      tell((eye) => eye.handle?.(property))
    }
    const shown = new Proxy(Object.freeze({ length: images.length }), {
      get(target, property, self) {
        look(property)
        return Reflect.get(target, property, self)
      },
      has(target, property) {
        look(property)
        return Reflect.has(target, property)
      },
    })
    behind.set(shown, images)
    return shown
  }
  const own = (images: Images) => behind.get(images) ?? images
  /** Whatever is lent to a call must come back as it was. */
  const lent = <Result>(name: string, thing: unknown, call: () => Result): Result => {
    const before = structuredClone(thing)
    const result = call()
    const look = () => tell((eye) => eye.lent?.(name, before, thing))
    if (result instanceof Promise) return result.finally(look) as Result
    look()
    return result
  }

  const backboneOf = (backbone: Backbone): Backbone => ({
    ...backbone,
    embed(images) {
      tell((eye) => eye.embedded?.(images.length))
      return backbone.embed(own(images))
    },
    rows: (images) => backbone.rows(own(images)),
    base: {
      ...backbone.base,
      trains(parameters) {
        tell((eye) => eye.trained?.(parameters))
        backbone.base.trains(parameters)
      },
    },
  })
  const optionsOf = (options: object) =>
    new Proxy(options, {
      get(target, name, self) {
        if (typeof name === 'string') tell((eye) => eye.option?.(name))
        return Reflect.get(target, name, self)
      },
    })
  const stageOf = (stage: Stage, learner: Learner): Stage => {
    const stepped = <Result>(result: Result): Result => {
      tell((eye) => eye.stepped?.(learner))
      return result
    }
    if ('steps' in stage) {
      return { ...stage, stepAt: async (place) => stepped(await stage.stepAt(place)) }
    }
    const { check } = stage
    return {
      ...stage,
      step: async ({ images, labels }, place) =>
        stepped(
          await lent('the labels of a batch', labels, () =>
            stage.step({ images: handle(images), labels }, place),
          ),
        ),
      ...(check && {
        check: {
          batch: check.batch,
          step: ({ images, labels }) =>
            lent('the labels of a batch', labels, () => check.step({ images: handle(images), labels })),
          flat: () => check.flat(),
        },
      }),
    }
  }

  return {
    ...method,
    async start(context) {
      const options = { ...context.options }
      const learner = await lent('its options', options, () =>
        method.start({
          ...context,
          options: optionsOf(options) as never,
          backbone: backboneOf(context.backbone),
        }),
      )
      watch.learner = learner
      const seen: number[] = []
      return {
        parts: learner.parts,
        newClasses(classes) {
          seen.push(...classes)
          const given = [...classes]
          lent('the list of new classes', given, () => learner.newClasses?.(given))
        },
        stages(task) {
          const given = { index: task.index, classes: [...task.classes] }
          return lent('the task', given, () => learner.stages(given)).map((stage) => stageOf(stage, learner))
        },
        ...(learner.settle && { settle: () => learner.settle?.() }),
        ...(learner.chosen && { chosen: () => learner.chosen!() }),
        async predict(images) {
          const scores = await learner.predict(handle(images))
          watch.answers.push({
            seen: seen.length,
            scores: byImage(scores, contentOf(images).rows, seen.length),
          })
          if (watch.isCurious) {
            const { split, rows } = contentOf(images)
            const pick = (places: ArrayLike<number>) =>
              handle(
                imagesOf(
                  split,
                  Uint32Array.from(places, (place) => rows[place]),
                ),
              )
            const kept = structuredClone(scores)
            const question = { learner, images: pick([...rows.keys()]), scores: kept, seen: [...seen], pick }
            for (const [check, eye] of watch.eyes) note(check, await answerOf(eye, question))
            return kept
          }
          return scores
        },
      }
    },
  }
}

function byImage(
  scores: Readonly<Record<string, Float32Array>>,
  rows: Uint32Array,
  columns: number,
): Answer['scores'] {
  const order = [...rows.keys()].sort((a, b) => rows[a] - rows[b])
  return Object.fromEntries(
    Object.entries(scores).map(([name, of]) => [
      name,
      Float32Array.from(order.flatMap((i) => [...of.subarray(i * columns, (i + 1) * columns)])),
    ]),
  )
}

/** What an eye makes of a question; a method that breaks when asked otherwise breaks that promise. */
async function answerOf(eye: Eye, question: Question): Promise<Finding> {
  try {
    return await eye.asked?.(question)
  } catch (error) {
    return `it breaks: ${(error as Error).message}`
  }
}

/** To be told when a walk is over. */
export function finish(watch: Watch): void {
  for (const [check, eye] of watch.eyes) {
    const finding = watch.learner && eye.finished?.(watch.learner)
    if (finding !== undefined && !watch.found.has(check)) watch.found.set(check, finding)
  }
}
