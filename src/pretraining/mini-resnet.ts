import { type Draft, draft } from './draft.ts'

/**
 * A small residual network with its batch normalisations as nodes of their own, before training.
 *
 *   stem     3 × 3 convolution to 16 channels, normalised, ReLU                       [batch, 16, 32, 32]
 *   stages   three of one block each, to 24, 40 and 64 channels, halving height and width each time
 *   block    3 × 3 convolution of stride 2, norm, ReLU, 3 × 3 convolution, norm; plus a 1 × 1 of stride 2; ReLU
 *   embedding  the mean of each of the last 64 maps, none negative
 *
 * 96,000 weights, 385 KB.
 * @source He et al., "Deep Residual Learning for Image Recognition", CVPR 2016. arXiv:1512.03385
 */
export function miniResnet(): Uint8Array {
  const made = draft('mini-resnet')
  let at = made.node('Relu', [convolved(made, 'image', 'stem', { from: 3, to: widths[0], side: 3 })])
  for (let stage = 1; stage < widths.length; stage++) {
    const [from, to] = [widths[stage - 1], widths[stage]]
    const name = (part: string) => `stage${stage}.${part}`
    const first = convolved(made, at, name('conv1'), { from, to, side: 3, stride: 2 })
    const second = convolved(made, made.node('Relu', [first]), name('conv2'), { from: to, to, side: 3 })
    const short = convolved(made, at, name('short'), { from, to, side: 1, stride: 2 })
    at = made.node('Relu', [made.node('Add', [second, short])])
  }
  made.node('Flatten', [made.node('GlobalAveragePool', [at])], { axis: 1 }, 'embedding')
  return made.done(widths[widths.length - 1])
}

const widths = [16, 24, 40, 64]

function convolved(
  made: Draft,
  x: string,
  name: string,
  { from, to, side, stride = 1 }: { from: number; to: number; side: number; stride?: number },
): string {
  const around = (side - 1) / 2
  const kernel = made.drawn(`${name}.weight`, [to, from, side, side], from * side * side, 2)
  const y = made.node('Conv', [x, kernel], {
    kernel_shape: [side, side],
    strides: [stride, stride],
    pads: [around, around, around, around],
  })
  const norm = [
    made.even(`${name}.norm.gain`, [to], 1),
    made.even(`${name}.norm.bias`, [to], 0),
    made.even(`${name}.norm.mean`, [to], 0),
    made.even(`${name}.norm.variance`, [to], 1),
  ]
  return made.node('BatchNormalization', [y, ...norm], { epsilon: 1e-5, momentum: 0.9 })
}
