import { byOperator } from '../by-operator.ts'
import type { Rule } from '../rule.ts'
import { withoutGradient } from '../without-gradient.ts'
import { abs } from './abs.ts'
import { add } from './add.ts'
import { averagePool } from './average-pool.ts'
import { batchNormalization } from './batch-normalization.ts'
import { cast } from './cast.ts'
import { celu } from './celu.ts'
import { clip } from './clip.ts'
import { concat } from './concat.ts'
import { conv } from './conv.ts'
import { convTranspose } from './conv-transpose.ts'
import { cos } from './cos.ts'
import { cumSum } from './cum-sum.ts'
import { depthToSpace } from './depth-to-space.ts'
import { div } from './div.ts'
import { dropout } from './dropout.ts'
import { einsum } from './einsum.ts'
import { elu } from './elu.ts'
import { erf } from './erf.ts'
import { exp } from './exp.ts'
import { expand } from './expand.ts'
import { fastGelu } from './fast-gelu.ts'
import { flatten } from './flatten.ts'
import { fusedMatmul } from './fused-matmul.ts'
import { gather } from './gather.ts'
import { gatherElements } from './gather-elements.ts'
import { gatherNd } from './gather-nd.ts'
import { gelu, runtimeGelu } from './gelu.ts'
import { gemm } from './gemm.ts'
import { globalAveragePool } from './global-average-pool.ts'
import { globalMaxPool } from './global-max-pool.ts'
import { groupNormalization } from './group-normalization.ts'
import { hardSigmoid } from './hard-sigmoid.ts'
import { hardSwish } from './hard-swish.ts'
import { identity } from './identity.ts'
import { instanceNormalization } from './instance-normalization.ts'
import { layerNormalization } from './layer-normalization.ts'
import { leakyRelu } from './leaky-relu.ts'
import { log } from './log.ts'
import { logSoftmax } from './log-softmax.ts'
import { matmul } from './matmul.ts'
import { max } from './max.ts'
import { maxPool } from './max-pool.ts'
import { mean } from './mean.ts'
import { min } from './min.ts'
import { mish } from './mish.ts'
import { mul } from './mul.ts'
import { neg } from './neg.ts'
import { pRelu } from './p-relu.ts'
import { pad } from './pad.ts'
import { pow } from './pow.ts'
import { quickGelu } from './quick-gelu.ts'
import { reciprocal } from './reciprocal.ts'
import { reduceL1 } from './reduce-l1.ts'
import { reduceL2 } from './reduce-l2.ts'
import { reduceLogSumExp } from './reduce-log-sum-exp.ts'
import { reduceMax } from './reduce-max.ts'
import { reduceMean } from './reduce-mean.ts'
import { reduceMin } from './reduce-min.ts'
import { reduceSum } from './reduce-sum.ts'
import { reduceSumSquare } from './reduce-sum-square.ts'
import { relu } from './relu.ts'
import { reshape } from './reshape.ts'
import { resize } from './resize.ts'
import { scatterElements } from './scatter-elements.ts'
import { scatterNd } from './scatter-nd.ts'
import { selu } from './selu.ts'
import { sigmoid } from './sigmoid.ts'
import { simplifiedLayerNormalization } from './simplified-layer-normalization.ts'
import { sin } from './sin.ts'
import { slice } from './slice.ts'
import { softmax } from './softmax.ts'
import { softplus } from './softplus.ts'
import { softsign } from './softsign.ts'
import { spaceToDepth } from './space-to-depth.ts'
import { split } from './split.ts'
import { sqrt } from './sqrt.ts'
import { squeeze } from './squeeze.ts'
import { sub } from './sub.ts'
import { sum } from './sum.ts'
import { tanh } from './tanh.ts'
import { tile } from './tile.ts'
import { topK } from './top-k.ts'
import { trainingBatchNormalization } from './training-batch-normalization.ts'
import { transpose } from './transpose.ts'
import { trilu } from './trilu.ts'
import { unsqueeze } from './unsqueeze.ts'
import { where } from './where.ts'

/** The shelf: one operator a file. */
const shelf: readonly Rule[] = [
  abs,
  add,
  averagePool,
  batchNormalization,
  cast,
  celu,
  clip,
  concat,
  conv,
  convTranspose,
  cos,
  cumSum,
  depthToSpace,
  div,
  dropout,
  einsum,
  elu,
  erf,
  exp,
  expand,
  fastGelu,
  flatten,
  fusedMatmul,
  gather,
  gatherElements,
  gatherNd,
  gelu,
  gemm,
  globalAveragePool,
  globalMaxPool,
  groupNormalization,
  hardSigmoid,
  hardSwish,
  identity,
  instanceNormalization,
  layerNormalization,
  leakyRelu,
  log,
  logSoftmax,
  matmul,
  max,
  maxPool,
  mean,
  min,
  mish,
  mul,
  neg,
  pad,
  pow,
  pRelu,
  quickGelu,
  reciprocal,
  reduceL1,
  reduceL2,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  reduceSumSquare,
  relu,
  reshape,
  resize,
  runtimeGelu,
  scatterElements,
  scatterNd,
  selu,
  sigmoid,
  simplifiedLayerNormalization,
  sin,
  slice,
  softmax,
  softplus,
  softsign,
  spaceToDepth,
  split,
  sqrt,
  squeeze,
  sub,
  sum,
  tanh,
  tile,
  topK,
  trainingBatchNormalization,
  transpose,
  trilu,
  unsqueeze,
  where,
  ...withoutGradient,
]

/** Every rule by `domain:op`; the standard domain is ''. */
export const rules: ReadonlyMap<string, Rule> = byOperator(shelf)

/** The gradient of an operator; `undefined` for one without. */
export function ruleFor(domain: string, op: string): Rule | undefined {
  return rules.get(`${domain}:${op}`)
}
