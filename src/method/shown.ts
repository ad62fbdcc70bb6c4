import { augmented, trainView, viewAt } from '../pictures/index.ts'
import { type Chance, chance } from '../tensor/index.ts'
import type { RowValues } from './method.ts'
import type { NetworkBase } from './network-base.ts'

/** Rows as a network is to be shown them in training: augmented, if its view says so. Can be shown again. */
export interface Shown {
  /** How many images. */
  readonly length: number
  /** What the network is fed, by the names of its inputs. */
  readonly inputs: Readonly<Record<string, RowValues>>
}

/** How rows become inputs: as they are, and as training shows them. */
export interface Shows {
  /** As they are, which is how everything is evaluated. */
  plain(rows: RowValues): Shown
  /** As training shows them; draws of `random` decide. */
  forTraining(rows: RowValues, random: Chance): Shown
}

/**
 * @param view name of a training view, sized to the network's input; `none` shows rows as they are
 * @throws unknown-train-view
 */
export function showsOf(base: NetworkBase, rowSize: number, view: string): Shows {
  const plain = (rows: RowValues): Shown => {
    if (rows.length % rowSize !== 0) {
      throw new RangeError(`${rows.length} numbers are no whole number of rows of ${rowSize}`)
    }
    return { length: rows.length / rowSize, inputs: { [base.fronts ? 'pixels' : 'rows']: rows } }
  }
  if (view === 'none' || base.level === 'embeddings') return { plain, forTraining: plain }
  const { picture, input } = base
  const chosen = viewAt(trainView(view), input!.width)
  const size = 3 * chosen.size ** 2
  return {
    plain,
    forTraining(rows, random) {
      const { length } = plain(rows)
      const shown = new Uint8Array(length * size)
      for (let i = 0; i < length; i++) {
        const pixels = rows.subarray(i * rowSize, (i + 1) * rowSize) as Uint8Array
        // Each showing has chance of its own, so that what is drawn for one image does not hang on the others.
        const own = chance('show', random.below(2 ** 32), random.below(2 ** 32))
        augmented(
          { ...picture!, pixels, planar: true },
          chosen,
          own,
          shown.subarray(i * size, (i + 1) * size),
        )
      }
      return { length, inputs: { view: shown } }
    },
  }
}
