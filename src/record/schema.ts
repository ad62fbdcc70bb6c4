import { z } from 'zod'

/** What a line of a record may say. Members that a later release adds pass through. */
const whole = z.int()
const count = z.int().min(0)
const compute = z.looseObject({
  flopsEmbed: z.number(),
  flopsTrain: z.number().nullable(),
  flopsPredictPerImage: z.number().nullable(),
  flopsEvaluate: z.number().nullable(),
  imagesSeen: count,
  imagesReplayed: count,
  parametersTrained: count.optional(),
})

export const manifestSchema = z.looseObject({
  kind: z.literal('manifest'),
  version: z.literal(1),
  protocol: z.number(),
  run: z.string(),
  stream: z.looseObject({
    name: z.string(),
    id: z.string(),
    family: z.string(),
    title: z.string(),
    scenario: z.string(),
    dataset: z.string(),
    order: z.looseObject({ convention: z.string(), seed: z.number().nullable() }),
    classes: z.array(z.string()),
    tasks: z.array(
      z.looseObject({
        classes: z.array(count),
        name: z.string().optional(),
        train: count,
        test: count,
        kind: z.enum(['single-label', 'multi-label']),
      }),
    ),
    notes: z.array(z.string()),
  }),
  backbone: z
    .looseObject({
      name: z.string(),
      title: z.string(),
      sha256: z.string(),
      embedding: z.string(),
      dimension: count,
      preprocessing: z.unknown(),
      pretraining: z.looseObject({ datasets: z.array(z.string()), note: z.string() }).nullable(),
    })
    .nullable(),
  method: z.looseObject({
    name: z.string(),
    summary: z.string(),
    source: z.string(),
    id: z.string(),
    options: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
    needs: z.unknown(),
    role: z.enum(['floor', 'ceiling']).optional(),
    operations: z.enum(['declared', 'unknown']).optional(),
    classifiers: z.record(z.string(), z.enum(['logits', 'probabilities', 'scores'])),
    classifier: z.string().optional(),
  }),
  seeds: z.looseObject({ root: z.number() }),
  versions: z.record(z.string(), z.string()),
  device: z.string().optional(),
})

const sets = z.array(z.object({ task: count, examples: count }))
const planes = z.array(z.string().regex(/^[-0-9]*$/))
/** Probability codes, see probability.ts. */
const codes = z.string().regex(/^[#-[\]-j]*$/)
const answers = z.looseObject({
  right: z.string().regex(/^[01]*$/),
  wrong: planes,
  within: planes,
  confidence: codes.nullable(),
  pTrue: codes.nullable(),
  scores: z.array(z.array(z.number())).optional(),
})

export const eventSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('classes'), task: count, classes: z.array(count) }),
  z.looseObject({
    kind: z.literal('learn'),
    task: count,
    images: count,
    tick: count,
    compute,
    stateBytes: count,
    losses: z.record(z.string(), z.array(z.number().nullable())).optional(),
    chosen: z.record(z.string(), z.object({ value: z.number(), atEnd: z.boolean() })).optional(),
  }),
  z.looseObject({ kind: z.literal('boundary'), task: count }),
  z.looseObject({
    kind: z.literal('evaluate'),
    after: whole,
    tick: count,
    sets,
    truth: z.record(z.string(), z.array(whole)),
    labels: z.record(z.string(), z.array(z.array(count))).optional(),
    answers: z.record(z.string(), answers),
  }),
  z.looseObject({ kind: z.literal('finished'), tick: count, compute, stateBytes: count }),
])

const seconds = z.number().min(0)
export const measurementSchema = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('start'),
    attempt: whole,
    at: z.string(),
    remarks: z.array(z.string()).optional(),
    machine: z.looseObject({
      cpu: z.string(),
      cores: count,
      threads: count,
      memoryBytes: z.number(),
      platform: z.string(),
      node: z.string(),
      onnxruntime: z.string(),
      provider: z.string(),
      loadAverage: z.number(),
    }),
    resumedAtTick: count,
  }),
  z.looseObject({
    kind: z.literal('task'),
    attempt: whole,
    task: count,
    secondsWall: seconds,
    secondsCpu: seconds,
    peakRssBytes: z.number(),
  }),
  z.looseObject({
    kind: z.literal('end'),
    attempt: whole,
    at: z.string(),
    outcome: z.enum(['finished', 'failed', 'interrupted']),
    secondsWall: seconds,
    secondsCpu: seconds,
    peakRssBytes: z.number(),
    imagesEmbedded: count,
    imagesFromCache: count,
    stepsRepeated: count,
    secondsRepeated: seconds.optional(),
    error: z
      .looseObject({ code: z.string(), what: z.string(), where: z.string().optional(), mend: z.string() })
      .optional(),
  }),
])
