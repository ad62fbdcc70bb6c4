import { best, mean, minus, range } from './matrix.ts'
import { defineMetric } from './metric.ts'

/**
 * Forgetting as many code bases compute it: the best value may be the last one, so a task never counts below 0.
 *
 *   F = mean over j < T of ( max over j ≤ i ≤ T of R[i][j] − R[T][j] )     as printed, 1 … T
 *
 * Range 0 … 1, lower is better. At least forgetting@chaudhry18. Undefined for a stream of one task.
 * @source The evaluation code of Mammoth and LAMDA-PILOT; no paper defines it so.
 */
export const forgettingAllRows = defineMetric({
  id: 'forgetting@all-rows',
  title: 'Forgetting, from the best of all rows',
  symbol: 'F',
  formula: 'mean over j < T of ( max over j ≤ i ≤ T of R[i][j] − R[T][j] )',
  range: [0, 1],
  better: 'lower',
  undefinedWhen: 'a stream of one task, and a reference evaluated once, have no earlier row',
  source: 'the evaluation code of Mammoth and LAMDA-PILOT',
  printedBy: 'Mammoth and PILOT as forgetting (their papers cite Chaudhry 2018)',
  of: ({ R }) => {
    if (!R.isContinual) return undefined
    const last = R.size - 1
    return mean(
      range(0, last).map((j) => minus(best(range(j, last + 1).map((i) => R.at(i, j))), R.at(last, j))),
    )
  },
})
