import { mean, minus, range } from './matrix.ts'
import { defineMetric } from './metric.ts'

/**
 * Backward transfer, averaged over the whole stream and not only at its end.
 *
 *   BWT = mean over all pairs j < i ≤ T of ( R[i][j] − R[j][j] )     as printed, 1 … T
 *
 * Range −1 … 1, higher is better. Undefined for a stream of one task.
 * @source Díaz-Rodríguez et al., "Don't forget, there is more than forgetting", 2018. arXiv:1810.13166
 */
export const bwtDiazrodriguez18 = defineMetric({
  id: 'bwt@diazrodriguez18',
  title: 'Backward transfer, over all pairs',
  symbol: 'BWT',
  formula: 'mean over j < i ≤ T of ( R[i][j] − R[j][j] )',
  range: [-1, 1],
  better: 'higher',
  undefinedWhen: 'a stream of one task, and a reference evaluated once, have no earlier row',
  source: 'Díaz-Rodríguez et al. 2018. arXiv:1810.13166',
  printedBy: 'continuum and CapyMOA as backward transfer',
  of: ({ R }) => {
    if (!R.isContinual) return undefined
    return mean(range(0, R.size).flatMap((i) => range(0, i).map((j) => minus(R.at(i, j), R.at(j, j)))))
  },
})
