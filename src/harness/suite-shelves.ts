import { baselines } from '../../baselines/index.ts'
import { backbones } from '../backbones/index.ts'
import { metrics } from '../metrics/index.ts'
import { preprocessingPresets } from '../pictures/index.ts'
import { streams } from '../streams/index.ts'
import type { Shelves } from '../suite/index.ts'

/** The names that a suite file may use, and each method's options with their defaults. */
export async function suiteShelves(): Promise<Shelves> {
  const methods = await Promise.all(baselines.map(({ load }) => load()))
  return {
    streams: streams.map(({ name }) => name),
    backbones: backbones.map(({ name }) => name),
    preprocessing: preprocessingPresets().map(({ name }) => name),
    methods: Object.fromEntries(methods.map(({ name, options }) => [name, options])),
    metrics: metrics.map(({ id }) => id),
  }
}
