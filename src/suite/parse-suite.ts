import { availableParallelism } from 'node:os'
import type { z } from 'zod'
import { either, nearest } from '../error.ts'
import { canonicalJson, contentId } from '../identity/index.ts'
import { findStream, orderName, parseClassOrder } from '../streams/index.ts'
import { besideSuite } from './beside.ts'
import { namesIn } from './exclusions.ts'
import { labelMistakes, labelsOf } from './labels.ts'
import { type Mistake, throwMistakes } from './mistake.ts'
import { nameMistakes } from './name-mistakes.ts'
import {
  type BackboneChoice,
  backboneNames,
  type MethodChoice,
  type StreamChoice,
  type Suite,
} from './plan.ts'
import { readSuiteText } from './read-file.ts'
import type { suiteFile } from './schema.ts'
import { applySettings, type Setting } from './set.ts'
import { shapeMistakes } from './shape-mistakes.ts'
import type { Shelves } from './shelves.ts'

/** Shown unless a suite asks for others. */
const usualMetrics = [
  'accuracy.last@sample',
  'accuracy.average@sample',
  'forgetting@chaudhry18',
  'bwt@lopezpaz17',
]

/**
 * Reads a suite file and checks it whole against the shelves; opens no data.
 *
 * `set` are `key=value` texts, read like the file and laid over it (`applySettings` has the rule of their keys);
 * `with` are methods put beside the suite's own, as if the file had them (`besideSuite`); `only` are names or labels of
 * methods, and leave the others out.
 *
 * @throws every mistake with its code, file, line, column and nearest right word: a StreambedError, or an
 * AggregateError of them in the order of the file
 */
export function parseSuite(
  file: string,
  given: { shelves: Shelves; set?: readonly string[]; with?: readonly string[]; only?: readonly string[] },
): Suite {
  const { shelves, set = [], with: more = [], only = [] } = given
  const { value, placeOf } = readSuiteText(file)
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value)
  const root = isMapping ? (value as Record<string, unknown>) : {}
  const beside = besideSuite(root, more, file)
  beside.put() // so that a setting can mean one of them
  const namesWritten = namesIn(root)
  const { settings, mistakes: unsettable } = applySettings(root, isMapping ? set : [])
  const added = beside.put() // a setting may have put another list there
  const shape = shapeMistakes(value)
  const names = isMapping ? nameMistakes(root, shelves, file, namesWritten) : []
  const mistakes = [...beside.mistakes, ...unsettable, ...shape, ...names]
  const written = value as z.infer<typeof suiteFile>
  const methods = shape.length === 0 ? methodChoices(written, shelves) : []
  if (shape.length === 0 && names.length === 0) mistakes.push(...labelMistakes(methods))
  if (shape.length === 0) mistakes.push(...onlyMistakes(only, methods))
  throwMistakes(file, mistakes, (mistake) => flagOf(mistake, [...added, ...settings]) ?? placeOf(mistake))
  return suiteOf(written, methods, only, file)
}

function suiteOf(
  written: z.infer<typeof suiteFile>,
  methods: readonly MethodChoice[],
  only: readonly string[],
  file: string,
): Suite {
  const suite: Omit<Suite, 'id'> = {
    name: written.name,
    title: written.title ?? written.name,
    streams: written.streams.map(streamChoice),
    backbones: written.backbones.map(backboneChoice),
    methods: methods.filter(
      ({ name, label }) => only.length === 0 || only.includes(name) || only.includes(label),
    ),
    seeds: written.seeds ?? [0],
    exclude: written.exclude ?? [],
    metrics: written.metrics ?? usualMetrics,
    budget: {
      hours: written.budget?.hours,
      threads: written.budget?.threads ?? availableParallelism(),
      ...(written.budget?.device && { device: written.budget.device }),
    },
    file,
  }
  return { ...suite, id: suiteId(suite) }
}

/** The id of what is left after exclusions: every run, in no order. So a suite cut by `--only` has an id of its own. */
function suiteId({ streams, backbones, methods, seeds, exclude }: Omit<Suite, 'id'>): string {
  const runs = streams.flatMap(({ orders, ...stream }) =>
    backbones.flatMap((backbone) =>
      methods
        .filter(
          (method) =>
            !exclude.some(
              (rule) =>
                (rule.stream ?? stream.name) === stream.name &&
                (rule.backbone === undefined || backboneNames(backbone).includes(rule.backbone)) &&
                (rule.method === undefined || rule.method === method.name || rule.method === method.label),
            ),
        )
        .flatMap(({ name, options }) =>
          orders.flatMap((order) =>
            seeds.map((seed) => canonicalJson({ stream, order, backbone, method: { name, options }, seed })),
          ),
        ),
    ),
  )
  return contentId(runs.sort())
}

function streamChoice(entry: z.infer<typeof suiteFile>['streams'][number]): StreamChoice {
  const { name, tasks, orders, images, first, path } = (
    typeof entry === 'string' ? { name: entry } : entry
  ) as Partial<StreamChoice> & {
    name: string
  }
  const { events, order, holds, title } = findStream(name)
  return {
    name,
    tasks: events.parse(tasks ?? events.tasks, { classes: holds?.classes, title }),
    orders: (orders ?? [order]).map((spec) => orderName(parseClassOrder(spec))),
    ...(images !== undefined && { images }),
    ...(first !== undefined && { first }),
    ...(path !== undefined && { path }),
  }
}

function backboneChoice(entry: z.infer<typeof suiteFile>['backbones'][number]): BackboneChoice {
  const { name, preprocessing, size } = (
    typeof entry === 'string' ? { name: entry } : entry
  ) as Partial<BackboneChoice> & {
    name: string
  }
  return { name, preprocessing: preprocessing ?? 'passport', ...(size !== undefined && { size }) }
}

/** Methods with all their options: what is spelled out, what a preset says and what is left to the default are one. */
function methodChoices({ methods }: z.infer<typeof suiteFile>, shelves: Shelves): MethodChoice[] {
  const entries = methods.map((entry) =>
    typeof entry === 'string' ? { name: entry } : (entry as Partial<MethodChoice> & { name: string }),
  )
  const defaultsOf = (name: string) => (Object.hasOwn(shelves.methods, name) ? shelves.methods[name] : {})
  const presetOf = (name: string, preset?: string) =>
    preset === undefined ? {} : shelves.presets(name).find((one) => one.name === preset)?.options
  const choices = entries.map(({ name, label, preset, options }) => ({
    name,
    label,
    ...(preset !== undefined && { preset }),
    options: { ...defaultsOf(name), ...presetOf(name, preset), ...options },
  }))
  const labels = labelsOf(choices.map((choice, i) => ({ ...choice, written: entries[i].options })))
  return choices.map((choice, i) => ({ ...choice, label: labels[i] }))
}

function onlyMistakes(only: readonly string[], methods: readonly MethodChoice[]): Mistake[] {
  const known = [...new Set(methods.flatMap(({ name, label }) => [name, label]))]
  return only
    .filter((name) => !known.includes(name))
    .map((name) => {
      const close = nearest(name, known)
      return {
        code: 'unknown-method',
        what: `This suite has no method called “${name}”.${close ? ` Did you mean ${close}?` : ''}`,
        mend: `Use ${either(known)}.`,
        path: [],
        place: { where: `--only ${name}`, line: 1e9, column: 1 },
      }
    })
}

/** The flag that brought a value in, if one did. */
function flagOf({ path, atKey }: Mistake, settings: readonly Setting[]): Mistake['place'] {
  const begins = (long: readonly unknown[], short: readonly unknown[]) =>
    short.every((step, i) => long[i] === step)
  const setting = settings.findLast(
    (candidate) => begins(path, candidate.path) || (atKey && begins(candidate.path, path)),
  )
  return setting && { where: setting.flag, line: 1e9, column: 0 }
}
