import { StreambedError } from '../error.ts'

/**
 * Tukey's ladder of powers: x ^ power of each feature; a power below 1 makes skewed features more like a Gaussian.
 * A power of 1 leaves them as they are. In float64.
 * @throws tukey-power unless the power is above 0; tukey-negative for a feature below 0 when it is not 1
 * @source Tukey, "Exploratory Data Analysis", 1977
 */
export function tukeyPower(rows: ArrayLike<number>, power: number): Float64Array {
  if (!(power > 0)) {
    throw new StreambedError('tukey-power', {
      what: `tukey can't be ${power}.`,
      where: 'tukey',
      mend: 'Give a power above 0: 0.5 for features after a ReLU, 1 to leave features as they are.',
    })
  }
  const raised = Float64Array.from(rows)
  if (power === 1) return raised
  for (let at = 0; at < raised.length; at++) {
    if (raised[at] < 0) {
      throw new StreambedError('tukey-negative', {
        what: `A feature of this backbone is ${raised[at]}, and the power ${power} needs features of 0 and more.`,
        where: 'tukey',
        mend: 'Use tukey: 1, or a backbone whose embedding comes after a ReLU.',
        exit: 1,
      })
    }
    raised[at] **= power
  }
  return raised
}
