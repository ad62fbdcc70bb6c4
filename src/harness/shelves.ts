import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { baselines } from '../../baselines/index.ts'
import { backbones } from '../backbones/index.ts'
import { datasets } from '../datasets/index.ts'
import { packageRoot } from '../files/index.ts'
import { metrics } from '../metrics/index.ts'
import { preprocessingPresets } from '../pictures/index.ts'
import { streams } from '../streams/index.ts'
import { methodPresets } from '../suite/index.ts'

/** One line of a shelf's list; more fields where the shelf has them. */
export type ShelfItem = { name: string; summary: string } & Record<string, unknown>

/** What is on a shelf, in the shelf's order. */
export async function listShelf(
  shelf: 'streams' | 'methods' | 'backbones' | 'metrics' | 'suites' | 'datasets' | 'preprocessing',
): Promise<readonly ShelfItem[]> {
  switch (shelf) {
    case 'streams':
      return streams.map(({ name, summary }) => ({ name, summary }))
    case 'methods':
      return Promise.all(
        baselines.map(async ({ name, summary, load }) => {
          const { source, needs, options, classifiers } = await load()
          return { name, summary, source, needs, options, presets: methodPresets(name), classifiers }
        }),
      )
    case 'backbones':
      return Promise.all(
        backbones.map(async ({ name, summary, load }) => {
          const { file, sha256, embedding, preprocessing, pretraining } = await load()
          return { name, summary, file, sha256, dimension: embedding.dimension, preprocessing, pretraining }
        }),
      )
    case 'metrics':
      return metrics.map(({ id, title, formula, range, better, source, printedBy }) => ({
        name: id,
        summary: `${title}. ${printedBy}`,
        formula,
        range,
        better,
        source,
        printedBy,
      }))
    case 'suites':
      return suiteFiles()
    case 'datasets':
      return datasets.map(({ name, summary }) => ({ name, summary }))
    case 'preprocessing':
      return preprocessingPresets().map(({ name, summary }) => ({ name, summary }))
  }
}

function suiteFiles(): ShelfItem[] {
  const folder = join(packageRoot, 'suites')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const { title } = parse(readFileSync(join(folder, file), 'utf8')) as { title?: string }
      return { name: `suites/${file}`, summary: title ?? '' }
    })
}
