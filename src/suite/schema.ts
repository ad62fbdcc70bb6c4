import { z } from 'zod'
import { devices } from '../runtime/index.ts'
import type { Shelves } from './shelves.ts'

/**
 * The shape of a suite file. Descriptions are written for two readers: an editor shows them while a suite is
 * typed, and an error quotes them after “It takes”.
 */
const word = z.string().min(1)
// Clones, so that the names on each shelf can be offered in their own place.
const [streamName, backboneName, methodName, metricId] = [
  word.clone(),
  word.clone(),
  word.clone(),
  word.clone(),
]
const optionValue = z.union([z.number(), z.string(), z.boolean()])

const streamEntry = z.strictObject({
  name: word.describe('the name of a stream; `streambed list streams` prints them'),
  tasks: z
    .union([z.string(), z.int().min(1), z.array(z.int().min(1)).min(1)])
    .optional()
    .describe('how classes make tasks: B0-Inc10, a number of equal tasks, or the sizes as in [16, 20, 20]'),
  orders: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('a list of class orders such as [numpy:1993, natural]; each gives a stream of the family'),
  images: z
    .strictObject({
      train: z.int().min(1).optional().describe('training images of each class, a whole number from 1'),
      test: z.int().min(1).optional().describe('test images of each class, a whole number from 1'),
    })
    .optional()
    .describe('{ train, test }: how many images to take of each class in each task; absent means all'),
  first: z
    .int()
    .min(1)
    .optional()
    .describe('how many tasks to take, from the first, a whole number from 1; absent means all'),
  path: word
    .optional()
    .describe('the folder or CSV file of your own pictures, absolute or under the data folder'),
})

const backboneEntry = z.strictObject({
  name: word.describe('the name of a backbone, or the path of a passport beside the suite file'),
  preprocessing: word
    .optional()
    .describe(
      'passport (as the backbone was trained), or the name of a preset; `streambed list preprocessing`',
    ),
  size: z
    .int()
    .min(1)
    .max(2048)
    .optional()
    .describe('the side in pixels of the pictures that the backbone is to take, such as 96; absent: its own'),
})

const methodEntry = z.strictObject({
  name: word.describe('the name of a method, or the path of a .ts, .js or .py file beside the suite file'),
  label: word.optional().describe('the name of the row in tables, where one method stands twice'),
  preset: word
    .optional()
    .describe('the name of published settings of the method; options come on top of them'),
  options: z
    .record(z.string(), optionValue)
    .optional()
    .describe('options of the method that differ from its defaults; `streambed list methods --format json`'),
})

const exclusion = z.strictObject({
  stream: word.optional().describe('the name of a stream of this suite; absent means every one'),
  backbone: word.optional().describe('the name of a backbone of this suite; absent means every one'),
  method: word.optional().describe('the name or label of a method of this suite; absent means every one'),
  reason: word.describe('a sentence that says why, printed under the table'),
})

const budget = z.strictObject({
  hours: z
    .number()
    .positive()
    .optional()
    .describe('hours that a run of the suite may take; `check` compares'),
  threads: z.int().min(1).max(1024).optional().describe('threads of each run, a whole number from 1'),
  device: z
    .enum(devices)
    .optional()
    .describe('where backbones are computed: cpu, webgpu, cuda, directml or coreml; `--device` wins'),
})

const listed = (name: z.ZodType, entry: z.ZodType) => z.array(z.union([name, entry])).min(1)

export const suiteFile = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .describe('a short name of letters, digits, dots and dashes; results go to a folder called so'),
  title: z.string().optional().describe('a line of text for people'),
  streams: listed(streamName, streamEntry).describe(
    'a list of streams, each a name or { name, tasks, orders, images, first, path }',
  ),
  backbones: listed(backboneName, backboneEntry).describe(
    'a list of backbones, each a name or { name, preprocessing, size }',
  ),
  methods: listed(methodName, methodEntry).describe(
    'a list of methods, each a name or { name, label, preset, options }',
  ),
  seeds: z
    .array(z.int().min(0).max(4_294_967_295))
    .min(1)
    .optional()
    .describe('a list of whole numbers from 0, as in [0, 1, 2]; each gives a run of every cell'),
  exclude: z
    .array(exclusion)
    .optional()
    .describe('a list of combinations left out, each { stream, backbone, method, reason }'),
  metrics: z
    .array(metricId)
    .min(1)
    .optional()
    .describe('a list of metric ids, in the order of the table’s columns; `streambed list metrics`'),
  budget: budget.optional().describe('{ hours, threads, device }: what a run may take'),
})

/**
 * The JSON Schema (draft 7) of a suite file, for editors. With shelves, the names on them are offered too.
 */
export function suiteSchema(shelves?: Shelves): Record<string, unknown> {
  const schema = z.toJSONSchema(suiteFile, {
    target: 'draft-7',
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      const names = shelves && namesFor(zodSchema, shelves)
      if (names) jsonSchema.examples = [...names]
    },
  })
  return { ...schema, title: 'A Streambed suite: what to compare' }
}

function namesFor(schema: unknown, shelves: Shelves): readonly string[] | undefined {
  if (schema === streamName || schema === streamEntry.shape.name) return shelves.streams
  if (schema === backboneName || schema === backboneEntry.shape.name) return shelves.backbones
  if (schema === backboneEntry.shape.preprocessing) return ['passport', ...shelves.preprocessing]
  if (schema === methodName || schema === methodEntry.shape.name) return Object.keys(shelves.methods)
  if (schema === methodEntry.shape.preset) {
    const names = Object.keys(shelves.methods).flatMap((method) => shelves.presets(method))
    return [...new Set(names.map(({ name }) => name))]
  }
  if (schema === metricId) return shelves.metrics
  return undefined
}
