import type { NodeSpec } from '../onnx/index.ts'
import type { Surgery } from './surgery.ts'

/** A few nodes written one after another, to be put in front of a graph: `make` gives the tensor that it makes. */
export function written(work: Surgery, room: string) {
  const nodes: NodeSpec[] = []
  const tiny = work.table(`${room}.tiny`, { type: 'float32', dims: [], data: [1e-24] })
  const make = (
    op: string,
    inputs: readonly string[],
    attributes?: NodeSpec['attributes'],
    output = work.fresh(`${room}.${op.toLowerCase()}`),
  ): string => {
    nodes.push({ op, inputs, outputs: [output], ...(attributes && { attributes }) })
    return output
  }
  const whole = (...data: number[]) =>
    work.table(`${room}.numbers`, { type: 'int64', dims: [data.length], data })
  const ones = (rows: number, columns: number) =>
    work.table(`${room}.ones`, {
      type: 'float32',
      dims: [rows, columns],
      data: new Float32Array(rows * columns).fill(1),
    })
  const turned = (tensor: string) => make('Transpose', [tensor], { perm: [1, 0] })
  return {
    make,
    ones,
    turned,
    reshaped: (tensor: string, ...dims: number[]) => make('Reshape', [tensor, whole(...dims)]),
    /** Entries from … to along axis 1. */
    cut: (tensor: string, from: number, to: number, output?: string) =>
      make('Slice', [tensor, whole(from), whole(to), whole(1)], undefined, output),
    /** √x; not quite 0 of 0, where it has no slope. */
    root: (squares: string) => make('Sqrt', [make('Add', [squares, tiny])]),
    /** Rows [n, size] brought to length 1. */
    unit: (rows: string, size: number) => {
      const sums = make('MatMul', [make('Mul', [rows, rows]), ones(size, 1)])
      return make('Div', [rows, make('Sqrt', [make('Add', [sums, tiny])])])
    },
    /** Puts them in front; they read nothing but inputs and tables. */
    done: () => work.prepend(...nodes),
  }
}
