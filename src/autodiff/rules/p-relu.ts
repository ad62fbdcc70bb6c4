import { isPositive } from '../masks.ts'
import { defineRule } from '../rule.ts'
import { summedProduct } from '../summed-product.ts'

/**
 * Y = X where X > 0, else S·X     dX = dY where X > 0, else S·dY     dS = dY·min(X, 0), summed to the shape of S.
 * X [n, c, …]   S of a shape that stretches to X's, such as [c, 1, 1]; at 0 the slope is S, as in PyTorch.
 * @source ONNX PRelu-16; He et al., "Delving Deep into Rectifiers", ICCV 2015. arXiv:1502.01852
 */
export const pRelu = defineRule('PRelu', ({ inputs: [X, S], dY, emit }) => [
  emit.Where(isPositive(emit, X!), dY, emit.Mul(dY, S!)),
  summedProduct(emit, dY, emit.call('Min', [X!, emit.scalar(0)], [X!])[0], S!.dims),
])
