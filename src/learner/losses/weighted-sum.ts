import type { Ref } from '../../autodiff/index.ts'
import type { Loss } from './loss.ts'

/**
 * Several losses at once, each times its weight: `weightedSum({ now: [crossEntropy(), 1], stored: [meanSquares(), 0.3] })`.
 * What a part is fed is called by the part and its own name: `now.targets`, `stored.weights`.
 */
export function weightedSum(parts: Readonly<Record<string, readonly [Loss, number]>>): Loss {
  const all = Object.entries(parts)
  return {
    name: all.map(([, [loss]]) => loss.name).join(' + '),
    couplesRows: all.some(([, [loss]]) => loss.couplesRows === true),
    fed: (rows, width) =>
      Object.fromEntries(
        all.flatMap(([part, [loss]]) =>
          Object.entries(loss.fed(rows, width)).map(([name, dims]) => [`${part}.${name}`, dims]),
        ),
      ),
    write(emit, on) {
      const terms = all.map(([part, [loss, weight]]): Ref => {
        const mine = Object.entries(on.fed).filter(([name]) => name.startsWith(`${part}.`))
        const fed = Object.fromEntries(mine.map(([name, ref]) => [name.slice(part.length + 1), ref]))
        return emit.Mul(loss.write(emit, { ...on, fed }), emit.scalar(weight))
      })
      return terms.reduce((sum, term) => emit.Add(sum, term))
    },
  }
}
