import type { Method, OptionValue } from '../method/index.ts'

/**
 * Options that only take time, or are of a size that a micro-stream never reaches, and the most that is taken of each:
 * two epochs show what sixty do, and a buffer larger than the stream is never full.
 */
const most: Readonly<Record<string, number>> = {
  epochs: 2,
  alignmentEpochs: 2,
  samples: 16,
  exemplars: 24,
  projection: 40,
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
