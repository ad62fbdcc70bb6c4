import type { Model, NodeSpec } from '../onnx/index.ts'
import type { Chance } from '../tensor/index.ts'
import type { Vit } from './anatomy.ts'
import { filled, kaimingUniform } from './init.ts'
import { type Rewritten, surgery } from './surgery.ts'

export interface AdapterOptions {
  /** Numbers between Down and Up; 64 unless said. */
  bottleneck?: number
  /** s, 0.1 unless said. */
  scale?: number
  /** Share of the bottleneck that is dropped; 0 (as when evaluating) unless said. */
  dropout?: number
  random: Chance
}

/**
 * AdaptFormer: beside the MLP of each block, reading the stream before its normalisation,
 *
 *   out = h + MLP(LN2(h)) + s · Up(Dropout(ReLU(Down(h))))
 *
 * Down [width, bottleneck] Kaiming-uniform (a = √5), Up and both biases zero: the network starts as it was, to the bit.
 * New weights: blocks · (2 · width · bottleneck + bottleneck + width); 1,189,632 in a ViT-B with 64.
 * @source Chen et al., "AdaptFormer", NeurIPS 2022. arXiv:2205.13535; Zhou et al., IJCV 2024, for its place in APER.
 */
export function withAdapters(model: Model, vit: Vit, options: AdapterOptions): Rewritten {
  const { bottleneck = 64, scale = 0.1, dropout = 0, random } = options
  const { width, tokens, sequenceAxis } = vit
  const work = surgery(model)
  const dims = sequenceAxis === 1 ? ['batch', tokens, bottleneck] : [tokens, 'batch', bottleneck]
  const factor = work.table('adapter.scale', { type: 'float32', dims: [], data: [scale] })
  vit.blocks.forEach((block, index) => {
    const named = (name: string) => work.fresh(`adapter.${index}.${name}`)
    const weight = (name: string, dims: number[], data: Float32Array) =>
      work.weight(`adapter.${index}.${name}`, dims, data)
    const down = weight('down', [width, bottleneck], kaimingUniform([width, bottleneck], width, random))
    const downBias = weight('down.bias', [bottleneck], filled([bottleneck], 0))
    const up = weight('up', [bottleneck, width], filled([bottleneck, width], 0))
    const upBias = weight('up.bias', [width], filled([width], 0))
    work.wrap(block.output, (inner) => {
      const nodes: NodeSpec[] = []
      const make = (op: string, inputs: string[], output = named(op.toLowerCase())) => {
        nodes.push({ op, inputs, outputs: [output] })
        return output
      }
      let small = make('Relu', [make('Add', [make('MatMul', [block.middle, down]), downBias])])
      if (dropout > 0) {
        small = make('Mul', [small, work.mask(`adapter.${index}.mask`, dims, dropout)])
      }
      const full = make('Add', [make('MatMul', [small, up]), upBias])
      make('Add', [inner, make('Mul', [full, factor])], block.output)
      return nodes
    })
  })
  return work.done()
}
