/**
 * What `meanSquares` is fed for scores stored earlier, [n × width] each: the mean over an example's stored columns. A
 * column that came after them was no score then, and takes no part.
 *
 * @param stored scores of each example over the columns of its time
 * @param width columns now
 */
export function storedScores(
  stored: readonly Float32Array[],
  width: number,
): { targets: Float32Array; weights: Float32Array } {
  const targets = new Float32Array(stored.length * width)
  const weights = new Float32Array(stored.length * width)
  stored.forEach((scores, i) => {
    targets.set(scores, i * width)
    weights.fill(1 / scores.length, i * width, i * width + scores.length)
  })
  return { targets, weights }
}

/** Scores [n × width] by example, as a buffer carries them along. */
export function scoresByExample(scores: Float32Array, n: number): Float32Array[] {
  const width = scores.length / n
  return Array.from({ length: n }, (_, i) => scores.slice(i * width, (i + 1) * width))
}
