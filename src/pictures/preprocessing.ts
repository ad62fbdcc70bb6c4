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
