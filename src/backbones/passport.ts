import { z } from 'zod'

/** How a picture becomes a backbone's input. Everything that moves a number is here. */
export const preprocessingSchema = z.strictObject({
  /** `null`: the picture already has the input size and is not resized. */
  resize: z
    .strictObject({
      /** `exact`: to size × size whatever the shape. `shorter-side`: the shorter side becomes `size`, then `crop`. */
      rule: z.enum(['exact', 'shorter-side']),
      size: z.int().min(1).max(4096),
      filter: z.enum(['nearest', 'bilinear', 'bicubic']),
      /** Low-pass when shrinking. Says nothing when enlarging. */
      antialias: z.boolean(),
      alignCorners: z.boolean().default(false),
      /** `float`: on real numbers, as torchvision on tensors. `uint8`: rounded after each pass, as PIL. */
      arithmetic: z.enum(['float', 'uint8']),
    })
    .nullable(),
  /** Side of the centre crop in pixels, or `null`. */
  crop: z.int().min(1).nullable(),
  colour: z.enum(['rgb', 'bgr']),
  /** Pixels 0 … 255 are divided by this before mean and std. */
  divisor: z.number().positive(),
  /** Per channel in the network's channel order, after the division. */
  mean: z.tuple([z.number(), z.number(), z.number()]),
  std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
})
export type Preprocessing = z.infer<typeof preprocessingSchema>

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
