import { baselines } from '../../baselines/index.ts'
import { type BackbonePlaces, backbones, userPassports } from '../backbones/index.ts'
import { metrics } from '../metrics/index.ts'
import { preprocessingPresets } from '../pictures/index.ts'
import { streams } from '../streams/index.ts'
import { methodPresets, type Shelves } from '../suite/index.ts'

/** The names that a suite file may use, passports of the user's among them, and each method's options. */
export async function suiteShelves(places: BackbonePlaces = {}): Promise<Shelves> {
  const methods = await Promise.all(baselines.map(({ load }) => load()))
  return {
    streams: streams.map(({ name }) => name),
    backbones: [...backbones, ...userPassports(places).map(({ passport }) => passport)].map(
      ({ name }) => name,
    ),
    preprocessing: preprocessingPresets().map(({ name }) => name),
    methods: Object.fromEntries(methods.map(({ name, options }) => [name, options])),
    presets: methodPresets,
    metrics: metrics.map(({ id }) => id),
  }
}
