import { mean, minus, range } from './matrix.ts'
import { defineMetric } from './metric.ts'

/**
 * Forward transfer: accuracy on a task just before it is learned, against that of the untrained network.
 *
 *   FWT = mean over j ≥ 2 of ( R[j − 1][j] − b[j] )     as printed, 1 … T
 *
 * Range −1 … 1, higher is better. Undefined for a stream of one task, where the next task or the untrained network
 * was not evaluated, and with a growing head: there the classes of the next task have no output yet.
 * @source Lopez-Paz & Ranzato, "Gradient Episodic Memory", NeurIPS 2017, eq. 4. arXiv:1706.08840
 */
export const fwtLopezpaz17 = defineMetric({
  id: 'fwt@lopezpaz17',
  title: 'Forward transfer',
  symbol: 'FWT',
  formula: 'mean over j ≥ 2 of ( R[j−1][j] − b[j] ), b the untrained network',
  range: [-1, 1],
  better: 'higher',
  undefinedWhen:
    'a head that grows has no output yet for the next task’s classes, and a reference evaluated once has no earlier row',
  source: 'Lopez-Paz & Ranzato 2017, eq. 4. arXiv:1706.08840',
  printedBy: 'GEM; Mammoth and Renate as forward transfer; – in streams whose head grows',
  of: ({ R, baseline, headKnew }) => {
    if (!R.isContinual) return undefined
    return mean(
      range(1, R.size).map((j) => (headKnew(j - 1, j) ? minus(R.at(j - 1, j), baseline[j]) : undefined)),
    )
  },
})
