import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { either, nearest, StreambedError } from '../error.ts'
import { packageRoot } from '../files/index.ts'
import { type Preprocessing, preprocessingSchema } from './preprocessing.ts'

const presetSchema = z.strictObject({
  name: z.string(),
  summary: z.string(),
  source: z.string(),
  preprocessing: preprocessingSchema,
})

/** A published way to prepare pictures at evaluation time, under a name to use in a suite. */
export type Preset = z.infer<typeof presetSchema>

let presets: readonly Preset[] | undefined

/** All presets of `presets.json`, in its order. */
export function preprocessingPresets(): readonly Preset[] {
  presets ??= z
    .array(presetSchema)
    .parse(JSON.parse(readFileSync(join(packageRoot, 'src/pictures/presets.json'), 'utf8')))
  return presets
}

/** @throws unknown-preprocessing with the nearest name. */
export function preprocessingPreset(name: string): Preprocessing {
  const found = preprocessingPresets().find((preset) => preset.name === name)
  if (found) return found.preprocessing
  const names = preprocessingPresets().map((preset) => preset.name)
  const close = nearest(name, names)
  throw new StreambedError('unknown-preprocessing', {
    what: `There is no preprocessing called “${name}”.`,
    mend: close ? `Did you mean ${close}? Known are ${either(names)}.` : `Use ${either(names)}.`,
  })
}
