import { mean } from './matrix.ts'
import { defineMetric } from './metric.ts'
import { accuracyCurve } from './vectors.ts'

/**
 * Average incremental accuracy, each stage being right answers over examples of all classes seen.
 *
 *   Ā = mean over k of A_k,   A_k = Σ_{j ≤ k} n_j R[k][j] / Σ_{j ≤ k} n_j
 *
 * Range 0 … 1, higher is better. Undefined for a run that learns everything at once: it has no stages.
 * @source Rebuffi et al., "iCaRL", CVPR 2017, section 4. arXiv:1611.07725
 */
export const accuracyAverageSample = defineMetric({
  id: 'accuracy.average@sample',
  title: 'Average incremental accuracy, over samples',
  symbol: 'Ā',
  formula: 'mean over k of ( Σ_{j≤k} n_j R[k][j] / Σ_{j≤k} n_j )',
  range: [0, 1],
  better: 'higher',
  undefinedWhen: 'a reference evaluated once has no curve',
  source: 'Rebuffi et al. 2017, section 4. arXiv:1611.07725',
  printedBy:
    'iCaRL, APER, SLCA (Inc-acc), RanPAC as Ā; PILOT and PyCIL, rounding each stage to 0.01 points first',
  of: (evaluations) => (evaluations.R.isContinual ? mean(accuracyCurve(evaluations, 'sample')) : undefined),
})
