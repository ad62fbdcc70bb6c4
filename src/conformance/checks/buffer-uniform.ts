import type { ExemplarBuffer, Part } from '../../method/index.ts'
import { boundedParts } from '../bounded-parts.ts'
import { defineCheck } from '../check.ts'

const starts = 200
/** Images are counted together with their neighbours: in so many groups, by when they came. */
const groups = 12

/**
 * Three times its capacity is offered to a new buffer, in small batches, 200 times over; how many of each twelfth are
 * kept must be what a draw without replacement gives: χ² of 11 degrees of freedom, at one chance in ten thousand.
 */
export const bufferUniform = defineCheck({
  name: 'buffer-uniform',
  promise: 'keeps all that it was ever offered with equal probability, where its buffer says so (isUniform)',
  async of(subject) {
    const { learner } = await subject.learner()
    const names = Object.keys(boundedParts(learner.parts)).filter((name) => isUniform(learner.parts[name]))
    if (names.length === 0) return { silent: 'no buffer says that it is uniform' }
    for (const name of names) {
      const kept = new Float64Array(groups)
      let [capacity, offered] = [0, 0]
      for (let seed = 0; seed < starts; seed++) {
        const started = await subject.learner(seed)
        const buffer = started.learner.parts[name] as ExemplarBuffer
        ;({ capacity } = buffer)
        offered = Math.ceil((3 * capacity) / groups) * groups
        if (capacity === 0 || capacity > 80)
          return { silent: `a capacity of ${capacity} is not one to be tried` }
        offer(buffer, offered, started.backbone.rowSize, subject.level !== 'embeddings')
        const { labels, rows } = buffer.draw(capacity)
        const size = rows.length / labels.length
        for (const i of labels.keys()) kept[Math.floor((rows[i * size] * groups) / offered)]++
      }
      const expected = (starts * capacity) / groups
      const spread = (expected * (offered - capacity)) / (offered - 1)
      const squares = kept.reduce((sum, count) => sum + (count - expected) ** 2, 0) / spread
      // 38.0 is exceeded by one in ten thousand.
      if (squares > 38) {
        const shares = Array.from(kept, (count) => ((100 * count) / (starts * capacity)).toFixed(1)).join(
          ', ',
        )
        return `${name}: of what it keeps, ${shares} % are from each twelfth that it was offered (χ² = ${squares.toFixed(0)})`
      }
    }
  },
})

function isUniform(part: Part): boolean {
  return (part as Partial<ExemplarBuffer>).isUniform === true
}

/** Rows that tell, by their first number, as which they came. */
function offer(buffer: ExemplarBuffer, total: number, rowSize: number, isBytes: boolean): void {
  const batch = 5
  for (let from = 0; from < total; from += batch) {
    const n = Math.min(batch, total - from)
    const rows = isBytes ? new Uint8Array(n * rowSize) : new Float32Array(n * rowSize)
    for (let i = 0; i < n; i++) rows[i * rowSize] = from + i
    buffer.offer(rows, new Int32Array(n))
  }
}
