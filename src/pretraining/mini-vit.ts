import { type Draft, draft } from './draft.ts'

/**
 * A small Vision Transformer as exporters write one, before training: pre-norm blocks, attention as products and a
 * softmax, queries, keys and values from one layer, GELU by the error function. Two convolutions before the patches, and
 * positions about as large as what they are added to, are there to make it learn soon.
 *
 *   stem       3 × 3 convolutions, of stride 2 and 1, to 24 channels, ReLU                         [batch, 24, 16, 16]
 *   patches    2 × 2 places of it to 48 values each, a class token before them, a position added   [batch, 65, 48]
 *   blocks     four, each of 3 heads and an MLP of 96
 *   embedding  the class token of the last block, normalised
 *
 * 91,000 weights, 370 KB.
 * @source Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021. arXiv:2010.11929;
 *   the stem: Xiao et al., "Early Convolutions Help Transformers See Better", NeurIPS 2021. arXiv:2106.14881
 */
export function miniVit(): Uint8Array {
  const made = draft('mini-vit')
  let x = embedded(made)
  for (let block = 0; block < blocks; block++) {
    const name = (part: string) => `blocks.${block}.${part}`
    x = made.node('Add', [x, attended(made, norm(made, x, name('norm1')), name('attn'))])
    const wide = linear(made, norm(made, x, name('norm2')), name('mlp.fc1'), width, hidden)
    x = made.node('Add', [x, linear(made, gelu(made, wide), name('mlp.fc2'), hidden, width)])
  }
  made.node('Gather', [norm(made, x, 'norm'), made.whole(0)], { axis: 1 }, 'embedding')
  return made.done(width)
}

const [width, hidden, heads, blocks, channels] = [48, 96, 3, 4, 24]
const tokens = 8 * 8 + 1

/** The class token and the patches, each with its position. */
function embedded(made: Draft): string {
  const early = made.node('Relu', [convolved(made, 'image', 'stem.conv1', [channels, 3, 3], 2, 1)])
  const seen = made.node('Relu', [convolved(made, early, 'stem.conv2', [channels, channels, 3], 1, 1)])
  const map = convolved(made, seen, 'patch_embed', [width, channels, 2], 2, 0)
  const patches = made.node('Transpose', [made.node('Reshape', [map, made.whole([0, width, tokens - 1])])], {
    perm: [0, 2, 1],
  })
  const batch = made.node('Unsqueeze', [
    made.node('Gather', [made.node('Shape', [patches]), made.whole(0)], { axis: 0 }),
    made.whole([0]),
  ])
  const size = made.node('Concat', [batch, made.whole([1, width])], { axis: 0 })
  const token = made.node('Expand', [made.drawn('cls_token', [1, 1, width], 1, 4e-4), size])
  const position = made.drawn('pos_embed', [1, tokens, width], 1, 0.5)
  return made.node('Add', [made.node('Concat', [token, patches], { axis: 1 }), position])
}

function convolved(
  made: Draft,
  x: string,
  name: string,
  [to, from, side]: [number, number, number],
  stride: number,
  around: number,
): string {
  const kernel = made.drawn(`${name}.weight`, [to, from, side, side], from * side * side, 2)
  return made.node('Conv', [x, kernel, made.even(`${name}.bias`, [to], 0)], {
    kernel_shape: [side, side],
    strides: [stride, stride],
    pads: [around, around, around, around],
  })
}

function attended(made: Draft, x: string, name: string): string {
  const each = width / heads
  const qkv = made.node('Reshape', [
    linear(made, x, `${name}.qkv`, width, 3 * width),
    made.whole([0, tokens, 3, heads, each]),
  ])
  const apart = made.node('Transpose', [qkv], { perm: [2, 0, 3, 1, 4] }) // [3, batch, heads, tokens, each]
  const [q, k, v] = [0, 1, 2].map((part) => made.node('Gather', [apart, made.whole(part)], { axis: 0 }))
  const scaled = made.node('Mul', [q, made.number(each ** -0.5)])
  const scores = made.node('MatMul', [scaled, made.node('Transpose', [k], { perm: [0, 1, 3, 2] })])
  const context = made.node('MatMul', [made.node('Softmax', [scores], { axis: -1 }), v])
  const together = made.node('Reshape', [
    made.node('Transpose', [context], { perm: [0, 2, 1, 3] }),
    made.whole([0, tokens, width]),
  ])
  return linear(made, together, `${name}.proj`, width, width)
}

function norm(made: Draft, x: string, name: string): string {
  const affine = [made.even(`${name}.weight`, [width], 1), made.even(`${name}.bias`, [width], 0)]
  return made.node('LayerNormalization', [x, ...affine], { axis: -1, epsilon: 1e-6 })
}

function linear(made: Draft, x: string, name: string, from: number, to: number): string {
  const product = made.node('MatMul', [x, made.drawn(`${name}.weight`, [from, to], from)])
  return made.node('Add', [product, made.even(`${name}.bias`, [to], 0)])
}

function gelu(made: Draft, x: string): string {
  const half = made.node('Erf', [made.node('Div', [x, made.number(Math.SQRT2)])])
  return made.node('Mul', [made.node('Mul', [x, made.node('Add', [half, made.number(1)])]), made.number(0.5)])
}
