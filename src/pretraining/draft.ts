import { buildModel, type NodeSpec, type Numbers } from '../onnx/index.ts'
import { chance, sizeOf } from '../tensor/index.ts'

/** A network being written down: `image` [batch, 3, 32, 32] in, `embedding` [batch, width] out. */
export interface Draft {
  /** A node of one output; gives its name, `output` or the operator and a number. */
  node(op: string, inputs: string[], attributes?: NodeSpec['attributes'], output?: string): string
  /** A weight around 0: uniform, of variance `gain` / `fanIn`. */
  drawn(name: string, dims: number[], fanIn: number, gain?: number): string
  /** A weight of one value everywhere. */
  even(name: string, dims: number[], value: number): string
  /** Whole numbers of a shape or of places; a single one has rank 0. */
  whole(numbers: number | number[]): string
  /** One number of a formula. */
  number(value: number): string
  done(width: number): Uint8Array
}

/** Equal names draw equal weights, on every machine. */
export function draft(name: string): Draft {
  const random = chance(name, 'weights')
  const nodes: NodeSpec[] = []
  const constants: Record<string, Numbers> = {}
  const kept = (at: string, numbers: Numbers) => {
    constants[at] ??= numbers
    return at
  }
  return {
    node(op, inputs, attributes, output = `${op} ${nodes.length}`) {
      nodes.push({ op, inputs, outputs: [output], ...(attributes && { attributes }) })
      return output
    },
    drawn(at, dims, fanIn, gain = 1) {
      const bound = Math.sqrt((3 * gain) / fanIn)
      const data = Float32Array.from({ length: sizeOf(dims) }, () => bound * (2 * random.float() - 1))
      return kept(at, { type: 'float32', dims, data })
    },
    even: (at, dims, value) =>
      kept(at, { type: 'float32', dims, data: new Float32Array(sizeOf(dims)).fill(value) }),
    whole(numbers) {
      const data = [numbers].flat()
      const dims = Array.isArray(numbers) ? [data.length] : []
      return kept(`whole ${dims.length === 0 ? data[0] : `[${data}]`}`, { type: 'int64', dims, data })
    },
    number: (value) => kept(`number ${value}`, { type: 'float32', dims: [], data: [value] }),
    done: (width) =>
      buildModel({
        name,
        opset: 17,
        inputs: { image: { type: 'float32', shape: ['batch', 3, 32, 32] } },
        outputs: { embedding: { type: 'float32', shape: ['batch', width] } },
        nodes,
        constants,
      }),
  }
}
