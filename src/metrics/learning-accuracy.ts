import { mean, range } from './matrix.ts'
import { defineMetric } from './metric.ts'

/**
 * Learning accuracy: how well each task was learned at the moment it was, whatever came after.
 *
 *   LA = mean over j of R[j][j]
 *
 * Range 0 … 1, higher is better. Undefined for a run that learns everything at once.
 * @source Riemer et al., "Learning to Learn without Forgetting", ICLR 2019, section 5. arXiv:1810.11910
 */
export const learningAccuracy = defineMetric({
  id: 'learning-accuracy',
  title: 'Learning accuracy',
  symbol: 'LA',
  formula: 'mean over j of R[j][j]',
  range: [0, 1],
  better: 'higher',
  undefinedWhen: 'a reference evaluated once has no row after each task',
  source: 'Riemer et al. 2019, section 5. arXiv:1810.11910',
  printedBy: 'MER as LA; CLEAR as in-domain accuracy; the mean diagonal elsewhere',
  of: ({ R }) => (R.isContinual ? mean(range(0, R.size).map((j) => R.at(j, j))) : undefined),
})
