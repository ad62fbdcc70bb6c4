import { z } from 'zod'

const option = z.union([z.number(), z.string(), z.boolean()])

/** What a method's process says of itself, when it is asked to `describe`. */
export const descriptionSchema = z.strictObject({
  protocol: z.literal(1),
  name: z.string().min(1),
  summary: z.string(),
  source: z.string(),
  needs: z.strictObject({
    gradients: z.enum(['none', 'head', 'backbone']),
    embeddings: z.boolean().optional(),
    sees: z.enum(['one task', 'all tasks so far', 'all tasks at once']).optional(),
    memory: z.enum(['none', 'embeddings', 'raw images']).optional(),
    boundaries: z.boolean().optional(),
    scenarios: z.array(z.string()).min(1).optional(),
    validation: z.number().min(0).max(0.5).optional(),
    seeded: z.boolean().optional(),
  }),
  role: z.enum(['floor', 'ceiling']).optional(),
  classifiers: z
    .record(z.string(), z.enum(['logits', 'probabilities', 'scores']))
    .refine((all) => Object.keys(all).length > 0, 'names no classifier'),
  options: z.record(z.string(), option),
  /** Does it say how many operations it does? If not they are unknown, and nobody guesses. */
  operations: z.enum(['declared', 'unknown']),
  /** Questions beyond those that every method answers. */
  hooks: z.array(z.enum(['settle', 'chosen'])),
  /** Seconds that it may take for an answer. */
  answersWithin: z.number().positive().optional(),
  /** Absolute paths of the files that its code comes from. */
  files: z.array(z.string()),
})

export type Description = z.infer<typeof descriptionSchema>

const count = z.int().min(1)
const imageStage = z.strictObject({
  name: z.string().min(1),
  over: z.strictObject({
    images: z.literal('task'),
    view: z.enum(['train', 'test']).optional(),
    batch: count,
    epochs: z.int().min(0),
    order: z.enum(['shuffled', 'canonical']).optional(),
  }),
  check: z.strictObject({ batch: count }).optional(),
})
const ownStage = z.strictObject({ name: z.string().min(1), steps: z.int().min(0) })

export const stagesSchema = z.array(z.union([imageStage, ownStage]))

export const reportSchema = z
  .strictObject({
    loss: z
      .number()
      .or(z.nan())
      .or(z.literal([Infinity, -Infinity]))
      .optional(),
    replayed: z.int().min(0).optional(),
  })
  .nullable()

export const chosenSchema = z.record(z.string(), z.strictObject({ value: z.number(), atEnd: z.boolean() }))
