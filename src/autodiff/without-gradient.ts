import { defineRule, type Rule } from './rule.ts'

/**
 * Operators through which no gradient flows: what they make are shapes, indices, truths and chance, or is constant
 * wherever it is differentiable. They stop it knowingly, where an operator without a rule is refused.
 */
const standard = `ArgMax ArgMin And Bernoulli BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Ceil
  Constant ConstantOfShape Equal EyeLike Floor Greater GreaterOrEqual HammingWindow HannWindow Hardmax IsInf IsNaN Less
  LessOrEqual Multinomial NonMaxSuppression NonZero Not OneHot Or RandomNormal RandomNormalLike RandomUniform
  RandomUniformLike Range Round Shape Sign Size Xor`

/** The runtime's own. */
const own = 'MurmurHash3'

export const withoutGradient: readonly Rule[] = [
  ...standard.split(/\s+/).map((op) => stopping(op)),
  ...own.split(/\s+/).map((op) => stopping(op, 'com.microsoft')),
]

function stopping(op: string, domain?: string): Rule {
  return defineRule(op, ({ inputs }) => inputs.map(() => undefined), domain)
}
