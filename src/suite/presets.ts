import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { either, nearest } from '../error.ts'
import { packageRoot } from '../files/index.ts'
import type { OptionValue } from '../method/index.ts'
import type { Mistake, Path } from './mistake.ts'
import { isPath, type Shelves } from './shelves.ts'

/** Published settings of a method under a name: what its authors use on one stream, or with one kind of network. */
export interface MethodPreset {
  name: string
  summary: string
  /** The network that the settings were made for, in words. */
  backbone?: string
  options: Readonly<Record<string, OptionValue>>
}

const presetFile = z.record(
  z.string(),
  z.strictObject({
    summary: z.string(),
    backbone: z.string().optional(),
    options: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  }),
)

/** The presets of a method of the shelf, in the order of its `baselines/presets/<name>.yaml`; none without the file. */
export function methodPresets(method: string): readonly MethodPreset[] {
  const file = join(packageRoot, 'baselines/presets', `${method}.yaml`)
  if (!existsSync(file)) return []
  const presets = presetFile.parse(parse(readFileSync(file, 'utf8')))
  return Object.entries(presets).map(([name, preset]) => ({ name, ...preset }))
}

/** A preset that a method of the shelf does not have, or given to a method of the user's. */
export function presetMistakes(name: unknown, preset: unknown, path: Path, shelves: Shelves): Mistake[] {
  if (typeof name !== 'string' || typeof preset !== 'string') return []
  const isShelved = Object.hasOwn(shelves.methods, name)
  if (!isShelved && !isPath(name)) return []
  const known = isShelved ? shelves.presets(name).map((one) => one.name) : []
  if (known.includes(preset)) return []
  const close = nearest(preset, known)
  return [
    {
      code: 'unknown-method-preset',
      what: `${name} has no preset called “${preset}”.${close ? ` Did you mean ${close}?` : ''}`,
      mend: known.length === 0 ? 'It has none: write its options out.' : `Use ${either(known)}.`,
      path,
    },
  ]
}
