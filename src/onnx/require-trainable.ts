import { StreambedError } from '../error.ts'
import { torch } from './checks.ts'
import { called, type Model } from './model.ts'

const quantised =
  /^(QLinear|Dynamic(Quantize|Quant)|Quantize|Dequantize|QGemm|QAttention|QMoE|MatMulNBits|MatMulInteger|ConvInteger|GatherBlockQuantized|NhwcMaxPool)/
const controlFlow = new Set(['If', 'Loop', 'Scan', 'SequenceMap'])

/**
 * Refuses a network that can be run but not trained, naming the first node in the way. Frozen features may come
 * of any network that the runtime runs: this is asked only where gradients are.
 *
 * @throws onnx-quantised, onnx-control-flow, onnx-foreign-domain (operators the runtime fused)
 */
export function requireTrainable({ graph, label }: Model): void {
  const original =
    'Use the float32 export that this file was made from, not one saved after optimisation or quantisation.'
  for (const node of graph.nodes) {
    if (quantised.test(node.op)) {
      throw new StreambedError('onnx-quantised', {
        what: `${called(node)} computes in whole numbers, so nothing can be trained through it.`,
        where: label,
        mend: original,
      })
    }
    if (controlFlow.has(node.op)) {
      throw new StreambedError('onnx-control-flow', {
        what: `${called(node)} decides at run time what is computed, and no gradient is built through that.`,
        where: label,
        mend: `Export it again with fixed shapes and constants folded: ${torch}.`,
      })
    }
    if (node.domain !== '') {
      throw new StreambedError('onnx-foreign-domain', {
        what: `${called(node)} is an operator of "${node.domain}", fused by a runtime; no gradient is known for it.`,
        where: label,
        mend: original,
      })
    }
  }
}
