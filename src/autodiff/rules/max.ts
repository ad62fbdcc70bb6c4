import { extremeGradients } from '../extremes.ts'
import { defineRule } from '../rule.ts'

/**
 * Y = max(X₀, X₁, …), one by one     dXᵢ = dY where Xᵢ is the largest, in equal parts where several are (as PyTorch's
 * `maximum`), else 0; summed over the axes along which the term was stretched. One term or more; float32.
 * @source ONNX Max-13.
 */
export const max = defineRule('Max', (context) => extremeGradients(context, 'most'))
