import { defineMetric } from './metric.ts'
import { accuracyOverSamples } from './vectors.ts'

/**
 * Last accuracy: after the last task, right answers over examples, the test sets of all tasks together.
 *
 *   A_T = Σ_j n_j R[T][j] / Σ_j n_j,   n_j test examples of task j
 *
 * Range 0 … 1, higher is better. Equal to `accuracy.last@task` if all tasks have equally many test examples.
 * @source Rebuffi et al., "iCaRL", CVPR 2017, section 4. arXiv:1611.07725
 */
export const accuracyLastSample = defineMetric({
  id: 'accuracy.last@sample',
  title: 'Last accuracy, over samples',
  symbol: 'A_T',
  formula: 'Σ_j n_j R[T][j] / Σ_j n_j',
  range: [0, 1],
  better: 'higher',
  source: 'Rebuffi et al. 2017, section 4. arXiv:1611.07725',
  printedBy:
    'APER, SLCA, RanPAC, FeCAM as A_B, Last-acc or A_T; PILOT and PyCIL as the last CNN top-1, rounded to 0.01 points',
  of: ({ rows }) => (rows.length === 0 ? undefined : accuracyOverSamples(rows[rows.length - 1])),
})
