import { defineRule } from '../rule.ts'

/**
 * Y = X in another type     dX = dY in the type of X. Between floats only: whole numbers and booleans have no gradient.
 * @source ONNX Cast-19.
 */
export const cast = defineRule('Cast', ({ inputs: [X], dY, emit }) => {
  if (!X!.type.startsWith('float')) return [undefined]
  return emit.call('Cast', [dY], [X!], { to: X!.type })
})
