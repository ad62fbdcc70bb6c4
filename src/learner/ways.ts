import { type Ref, usesApart } from '../autodiff/index.ts'
import { StreambedError } from '../error.ts'
import { rowsOf } from './batches.ts'
import type { Context } from './context.ts'
import type { Batch } from './options.ts'
import { moving } from './plans.ts'
import { type Showing, showingFor } from './show.ts'

export type Mode = 'training' | 'evaluation'

/** How many rows a graph has, and by which front they are shown. */
export interface Way {
  readonly rows: number
  readonly showing: Showing
  readonly mode: Mode
}

/**
 * Examples in a batch, and the graph for them: of `batch` rows, a shorter batch being filled up; of as many
 * as there are where BatchNormalization looks at them all. An example by itself has no statistics: it is normalised by
 * the running ones, which it leaves alone.
 */
export async function wayOf(
  context: Context,
  { inputs, targets }: Batch,
  mode: Mode = 'training',
  oneByOne = false,
): Promise<{ count: number; way: Way }> {
  const { networks, memory, loss, options, label } = context
  const front = networks.fronts.of(inputs)
  const most = oneByOne ? 1 : options.batch
  const { network, scores } = await networks.of({ rows: most, classes: memory.classes }, mode)
  const fed = Object.entries(loss.fed(most, scores.dims[1])).map(
    ([name, dims]): Ref => ({ name, type: 'float32', dims }),
  )
  const showing = await showingFor(context, network, front, most)
  const count = rowsOf({ ...targets, ...inputs }, [...showing.brings, ...fed], label)
  if (options.batchNorm !== 'training' || mode !== 'training' || count >= most) {
    return { count, way: { rows: most, showing, mode } }
  }
  const shorter = await networks.of({ rows: count, classes: memory.classes }, mode)
  return {
    count,
    way: { rows: count, showing: await showingFor(context, shorter.network, front, count), mode },
  }
}

/** Some losses and BatchNormalization in training mode look at the whole batch at once. */
export function refuseCut(
  { options, loss, label }: Context,
  count: number,
  mode: Mode = 'training',
  oneByOne = false,
) {
  const rows = oneByOne ? 1 : options.batch
  const normed = options.batchNorm === 'training' && mode === 'training'
  if (count <= rows || !(normed || loss.couplesRows === true)) return
  throw new StreambedError('learner-batch-cannot-be-cut', {
    what: `${count} examples were given to a graph of ${rows}, and ${normed ? 'BatchNormalization in training mode' : `the loss (${loss.name})`} looks at the whole batch at once.`,
    where: label,
    mend: `Give at most ${rows}${normed ? ', or freeze BatchNormalization' : ''}.`,
  })
}

/**
 * How the examples of a batch are told apart in one run; `undefined` where they are run one by one. Whether the
 * examples lie along the first axis of a tensor is seen beside the same network for another number of them.
 */
export async function usesIn(context: Context, frozen: readonly string[]) {
  const { networks, memory, options, loss } = context
  const rows = options.batch
  if (rows === 1 || loss.couplesRows === true) return undefined
  const other = rows === 2 ? 3 : 2
  const of = (examples: number) => networks.of({ rows: examples, classes: memory.classes }, 'evaluation')
  const [{ network }, beside] = [await of(rows), await of(other)]
  const isFirst = (tensor: string) => {
    const [a, b] = [network, beside.network].map(({ shapes }) => shapes.get(tensor)?.dims ?? [])
    const isSame = a.length === b.length && a.slice(1).every((dim, axis) => dim === b[axis + 1])
    return isSame && a[0] === rows && b[0] === other
  }
  const names = moving(context, frozen).map((place) => memory.entries[place].ref.name)
  return usesApart(network, names, { examples: rows, isFirst })
}
