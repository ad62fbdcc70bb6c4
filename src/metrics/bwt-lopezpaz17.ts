import { mean, minus, range } from './matrix.ts'
import { defineMetric } from './metric.ts'

/**
 * Backward transfer: what learning later tasks did to earlier ones, at the end of the stream.
 *
 *   BWT = mean over j < T of ( R[T][j] − R[j][j] )     as printed, 1 … T
 *
 * Range −1 … 1, higher is better; negative is forgetting. Undefined for a stream of one task.
 * @source Lopez-Paz & Ranzato, "Gradient Episodic Memory", NeurIPS 2017, eq. 3. arXiv:1706.08840
 */
export const bwtLopezpaz17 = defineMetric({
  id: 'bwt@lopezpaz17',
  title: 'Backward transfer, at the end',
  symbol: 'BWT',
  formula: 'mean over j < T of ( R[T][j] − R[j][j] )',
  range: [-1, 1],
  better: 'higher',
  undefinedWhen: 'a stream of one task, and a reference evaluated once, have no earlier row',
  source: 'Lopez-Paz & Ranzato 2017, eq. 3. arXiv:1706.08840',
  printedBy: 'GEM, A-GEM; Mammoth and Renate as backward transfer; Avalanche as minus its forgetting',
  of: ({ R }) => {
    if (!R.isContinual) return undefined
    const last = R.size - 1
    return mean(range(0, last).map((j) => minus(R.at(last, j), R.at(j, j))))
  },
})
