import { extremeGradients } from '../extremes.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = min(X₀, X₁, …), one by one     dXᵢ = dY where Xᵢ is the smallest, in equal parts where several are (as PyTorch's
 * `minimum`), else 0; summed over the axes along which the term was stretched. One term or more; float32.
 * @source ONNX Min-13.
 */
export const min = defineRule('Min', (context) => extremeGradients(context, 'least'))
