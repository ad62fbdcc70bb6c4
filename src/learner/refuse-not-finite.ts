import { firstNaN, pruned } from '../autodiff/index.ts'
import { StreambedError } from '../error.ts'
import type { Tensor } from '../tensor/index.ts'
import type { Context } from './context.ts'
import type { StepGraph } from './graphs.ts'

/** @throws loss-not-finite, after looking where in the graph it began */
export async function refuseNotFinite(
  { label, options: { threads } }: Context,
  { parts, loss }: StepGraph & { loss: string },
  feeds: Readonly<Record<string, Tensor>>,
  seen: number,
): Promise<never> {
  const nodes = pruned(parts.nodes, [loss])
  const read = new Set(nodes.flatMap((node) => node.inputs))
  // sums of gradients are written in place, and no longer what was fed
  const inputs = parts.inputs.filter(({ name }) => read.has(name))
  const forward = { ...parts, inputs, outputs: [loss], nodes }
  const begun = await firstNaN(forward, feeds, { threads })
  const held = begun?.startsWith('the input') ?? false
  throw new StreambedError('loss-not-finite', {
    what: `The loss is ${seen}${begun === undefined ? ', and nothing before it is NaN: it is too large' : `: ${begun}`}.`,
    where: label,
    mend: held
      ? 'Look at what is fed; a weight that holds NaN was broken by the step before: lower the learning rate.'
      : 'Lower the learning rate, clip the gradient, or look at what is fed. The weights are as before this step.',
    exit: 1,
  })
}
