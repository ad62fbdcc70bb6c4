import { mean } from './matrix.ts'
import { defineMetric } from './metric.ts'
import { accuracyCurve } from './vectors.ts'

/**
 * Average incremental accuracy, each stage being a mean over tasks.
 *
 *   Ā = mean over k of A_k,   A_k = mean over j ≤ k of R[k][j]
 *
 * Range 0 … 1, higher is better. Undefined for a run that learns everything at once: it has no stages.
 * @source Rebuffi et al., "iCaRL", CVPR 2017, section 4, with A_k as in GEM. arXiv:1611.07725
 */
export const accuracyAverageTask = defineMetric({
  id: 'accuracy.average@task',
  title: 'Average incremental accuracy, mean over tasks',
  symbol: 'Ā',
  formula: 'mean over k of ( mean over j ≤ k of R[k][j] )',
  range: [0, 1],
  better: 'higher',
  undefinedWhen: 'a reference evaluated once has no curve',
  source: 'Rebuffi et al. 2017, section 4, with stages as in Lopez-Paz & Ranzato 2017',
  printedBy: 'Mammoth and CODA-Prompt, whose stages are plain means over tasks',
  of: (evaluations) => (evaluations.R.isContinual ? mean(accuracyCurve(evaluations, 'task')) : undefined),
})
