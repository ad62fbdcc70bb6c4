import type { RuleContext } from '../../rule.ts'
import { type Window, windowOf } from '../../window.ts'

/**
 * A convolution as its gradients see it: x [N, C, …input] and w [O, C/g, …kernel] make y [N, O, …output].
 * Below, HW stands for the pixels of the input, Q for those of the output and K for the places of the kernel;
 * maps may have any number of axes.
 */
export interface Convolution extends Window {
  readonly batch: number
  readonly channels: number
  readonly outChannels: number
  readonly groups: number
}

/** The convolution of a node's attributes and of the shapes of what it reads and makes. */
export function convolutionOf(
  context: Pick<RuleContext, 'attribute' | 'refuse'>,
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
): Convolution {
  const sizes = { input: x.slice(2), output: y.slice(2), kernel: w.slice(2) }
  return {
    ...windowOf(context, sizes),
    batch: x[0],
    channels: x[1],
    outChannels: w[0],
    groups: context.attribute('group', 1),
  }
}

/** One filter a channel, and no more channels out than in. */
export function isDepthwise({ groups, channels, outChannels }: Convolution): boolean {
  return groups > 1 && groups === channels && groups === outChannels
}
