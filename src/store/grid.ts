import { z } from 'zod'

/** The grid that a results folder holds: what its suite asked for when it was last run. */
export interface Grid {
  suite: { name: string; id: string; title: string; metrics: readonly string[] }
  cells: readonly GridCell[]
  /** Combinations left out on purpose. */
  exclude: readonly { stream?: string; backbone?: string; method?: string; reason: string }[]
}

/** One run that the suite asks for. */
export interface GridCell {
  /** Identity of the run, as in its record's manifest. */
  id: string
  /** For people. */
  label: string
  /** The record's folder: absolute here, relative to the results folder on disk. */
  folder: string
  /** What a table needs to say of a run that has no record yet. */
  stream?: { name: string; family: string; title: string; scenario: string }
  backbone?: { name: string; title: string; preprocessing?: unknown } | null
  method?: { name: string; label: string }
}

export const indexVersion = 1

export const indexSchema = z.looseObject({
  version: z.literal(indexVersion),
  suite: z.object({ name: z.string(), id: z.string(), title: z.string(), metrics: z.array(z.string()) }),
  cells: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      folder: z.string(),
      stream: z
        .object({ name: z.string(), family: z.string(), title: z.string(), scenario: z.string() })
        .optional(),
      backbone: z
        .object({ name: z.string(), title: z.string(), preprocessing: z.unknown().optional() })
        .nullable()
        .optional(),
      method: z.object({ name: z.string(), label: z.string() }).optional(),
    }),
  ),
  exclude: z.array(
    z.object({
      stream: z.string().optional(),
      backbone: z.string().optional(),
      method: z.string().optional(),
      reason: z.string(),
    }),
  ),
})
