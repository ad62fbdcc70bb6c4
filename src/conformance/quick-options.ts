import type { Method, OptionValue } from '../method/index.ts'

/**
 * Options that only take time, or are of a size that fits no micro-stream of three tasks and no network of two blocks, and
 * the most that is taken of each: two epochs show what sixty do, and a buffer larger than the stream is never full.
 */
const most: Readonly<Record<string, number>> = {
  batch: 32,
  epochs: 2,
  alignmentEpochs: 2,
  samples: 16,
  exemplars: 24,
  projection: 40,
  blocks: 2,
  generalBlocks: 1,
  expertBlocks: 1,
  experts: 3,
  tasks: 3,
  components: 6,
  pool: 4,
  top: 2,
  length: 4,
}

export function quickOptions({ options }: Method): Record<string, OptionValue> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) =>
      Object.hasOwn(most, name) && typeof value === 'number' && value > most[name]
        ? [[name, most[name]]]
        : [],
    ),
  )
}
