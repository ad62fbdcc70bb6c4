import { mean, minus, range } from './matrix.ts'
import { defineMetric } from './metric.ts'

/**
 * Forgetting: how far accuracy on past tasks has fallen from its best.
 *
 *   F = mean over j < T of ( max over j ≤ i < T of R[i][j] − R[T][j] )     as printed, 1 … T
 *
 * Range −1 … 1, lower is better; negative where the last task improved an old one. Undefined for a stream of one
 * task. Not the negative of backward transfer, which falls from the first value, not the best.
 * @source Chaudhry et al., "Riemannian Walk", ECCV 2018, eq. 3, with i ≥ j. arXiv:1801.10112
 */
export const forgettingChaudhry18 = defineMetric({
  id: 'forgetting@chaudhry18',
  title: 'Forgetting, from the best before',
  symbol: 'F',
  formula: 'mean over j < T of ( max over j ≤ i < T of R[i][j] − R[T][j] )',
  range: [-1, 1],
  better: 'lower',
  undefinedWhen: 'a stream of one task, and a reference evaluated once, have no earlier row',
  source: 'Chaudhry et al. 2018, eq. 3. arXiv:1801.10112',
  printedBy: 'RWalk, A-GEM, Chaudhry 2019; continuum, FACIL and Renate as forgetting',
  of: ({ R }) => {
    if (!R.isContinual) return undefined
    const last = R.size - 1
    return mean(range(0, last).map((j) => minus(R.bestBefore(last, j), R.at(last, j))))
  },
})
