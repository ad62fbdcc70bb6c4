import { mean, minus, range } from './matrix.ts'
import { defineMetric } from './metric.ts'

/**
 * Forgetting: how far accuracy on past tasks has fallen from what it was when they had just been learned.
 *
 *   F = mean over j < T of ( R[j][j] − R[T][j] )     as printed, 1 … T
 *
 * Range −1 … 1, lower is better. Exactly −bwt@lopezpaz17. Undefined for a stream of one task.
 * @source Lomonaco et al., "Avalanche", CVPR-W 2021. arXiv:2104.00405
 */
export const forgettingFirstLast = defineMetric({
  id: 'forgetting@first-last',
  title: 'Forgetting, from the first value',
  symbol: 'F',
  formula: 'mean over j < T of ( R[j][j] − R[T][j] )',
  range: [-1, 1],
  better: 'lower',
  undefinedWhen: 'a stream of one task, and a reference evaluated once, have no earlier row',
  source: 'Lomonaco et al. 2021. arXiv:2104.00405',
  printedBy: 'Avalanche as stream forgetting; vCLIMB as BWF',
  of: ({ R }) => {
    if (!R.isContinual) return undefined
    const last = R.size - 1
    return mean(range(0, last).map((j) => minus(R.at(j, j), R.at(last, j))))
  },
})
