import type { Shapes } from '../onnx/index.ts'

/** y = x·W (+ b), as one MatMul or Gemm with a stored weight, and perhaps an Add behind it. */
export interface Linear {
  readonly input: string
  /** What the product makes. */
  readonly product: string
  /** What leaves it: with the bias, if there is one. */
  readonly result: string
  /** The stored weight; `undefined` if it is computed. */
  readonly weight: string | undefined
  readonly bias: string | undefined
  readonly inputSize: number
  readonly outputSize: number
}

/** A layer normalisation over the last axis: one node, or the pieces that older exports spell it out in. */
export interface Norm {
  readonly input: string
  readonly output: string
  readonly gain: string | undefined
  readonly bias: string | undefined
  readonly size: number
}

/** Queries, keys or values: the linear layer that they come of, and which of its columns they are. */
export interface Projection {
  readonly linear: Linear
  /** In the order head by head; all of them, unless several projections share one layer. */
  readonly columns: Int32Array
  /** From the linear layer's result to the operand of the product, both included. */
  readonly path: readonly string[]
}

/** One pre-norm block: h = x + Attention(LN1(x)), out = h + MLP(LN2(h)). Tensors are named. */
export interface Block {
  readonly input: string
  readonly norm1: Norm
  readonly q: Projection
  readonly k: Projection
  readonly v: Projection
  readonly heads: number
  /** Queries times keys. */
  readonly scores: string
  readonly probabilities: string
  /** Probabilities times values. */
  readonly context: string
  readonly proj: Linear
  /** What attention adds to the stream. */
  readonly attended: string
  readonly middle: string
  readonly norm2: Norm
  readonly fc1: Linear
  readonly fc2: Linear
  /** What the activation of the MLP makes, [batch, tokens, hidden]. */
  readonly hidden: string
  /** What the MLP adds to the stream. */
  readonly mlp: string
  readonly output: string
}

/** A Vision Transformer as its graph shows it. Names stay true through every rewrite of this room. */
export interface Vit {
  readonly label: string
  /** Of every tensor as it was found, for a batch of one (or the one it is fixed to). */
  readonly shapes: Shapes
  readonly input: string
  readonly width: number
  /** Patches and all other tokens of one image, as found: at another input size find the blocks again. */
  readonly tokens: number
  /** Which axis of the stream the tokens are: 1 in [batch, tokens, width], 0 in [tokens, batch, width] (CLIP). */
  readonly sequenceAxis: 0 | 1
  readonly grid: { readonly height: number; readonly width: number }
  /** What the patch convolution makes, [batch, width, grid height, grid width]; with its bias. */
  readonly patches: { readonly result: string; readonly weight: string; readonly bias: string | undefined }
  /** Stored weights; `undefined` where the network has none. */
  readonly classToken: string | undefined
  readonly position: string | undefined
  readonly blocks: readonly Block[]
  /** The normalisation behind the last block. */
  readonly norm: Norm | undefined
}
