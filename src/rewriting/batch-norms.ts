import { StreambedError } from '../error.ts'
import type { Model } from '../onnx/index.ts'

/** One BatchNormalization: its tensors by name. */
export interface BatchNorm {
  readonly output: string
  readonly gain: string
  readonly bias: string
  readonly mean: string
  readonly variance: string
}

/**
 * The batch normalisations of a network, for a method that trains them or their running statistics alone.
 *
 * @throws no-batch-normalization where there are none: most exports have merged them into the convolutions.
 */
export function batchNorms(model: Model): readonly BatchNorm[] {
  const found = model.graph.nodes.filter(({ op }) => op === 'BatchNormalization')
  if (found.length === 0) {
    const convolutions = model.graph.nodes.filter(({ op }) => op === 'Conv').length
    throw new StreambedError('no-batch-normalization', {
      what: `This export has no BatchNormalization: nothing is left of it among its ${model.graph.nodes.length} nodes (${convolutions} Conv), if the network had any.`,
      where: model.label,
      mend: 'Export it again unmerged: torch.onnx.export(network.eval(), example, path, opset_version=17, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False).',
    })
  }
  return found.map(({ inputs: [, gain, bias, mean, variance], outputs: [output] }) => ({
    output,
    gain,
    bias,
    mean,
    variance,
  }))
}
