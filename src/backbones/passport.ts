import { z } from 'zod'
import { preprocessingSchema } from '../pictures/index.ts'

/** What a backbone file is, how it is fed, and golden embeddings that prove both. One JSON file a backbone. */
export const passportSchema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  title: z.string(),
  summary: z.string(),
  /** File name looked for beside the passport, then under `--data` (also in `backbones/` and `models/` there). */
  file: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where it can be had, if there is a public address. */
  url: z.string().nullable(),
  licence: z.string().nullable(),
  input: z.strictObject({ name: z.string(), height: z.int(), width: z.int() }),
  /** Graph output, or any inner tensor, of shape [batch, dimension] or [batch, dimension, 1, 1]. */
  embedding: z.strictObject({ name: z.string(), dimension: z.int().min(1) }),
  preprocessing: preprocessingSchema,
  /** What it was pretrained on, as declared; `null` means unknown, and never "nothing". */
  pretraining: z.strictObject({ datasets: z.array(z.string()), note: z.string() }).nullable(),
  golden: z.strictObject({
    tolerance: z.number().positive(),
    /** Planar RGB uint8 pictures as base64, and what the network makes of each. */
    images: z.array(
      z.strictObject({
        width: z.int(),
        height: z.int(),
        pixels: z.string(),
        l2: z.number(),
        first: z.array(z.number()),
      }),
    ),
    source: z.string(),
  }),
})
export type Passport = z.infer<typeof passportSchema>

/** A backbone that was found on disk and whose bytes match its passport. Plain data: it crosses processes. */
export interface Backbone {
  name: string
  passport: Passport
  /** The `.onnx` file. */
  path: string
  sha256: string
  dimension: number
}
