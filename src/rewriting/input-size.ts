import { StreambedError } from '../error.ts'
import type { Model, NodeSpec } from '../onnx/index.ts'
import { type Filter, resampleWeights } from '../pictures/index.ts'
import type { Vit } from './anatomy.ts'
import type { Finder } from './find-parts.ts'
import { finderLike } from './finder.ts'
import { type Carrier, refuse, retokened } from './retokened.ts'
import { surgery } from './surgery.ts'

export interface InputSizeOptions {
  /** Pixels. */
  height: number
  width: number
  /** How the position embedding is resampled; 'bicubic' unless said. */
  filter?: Exclude<Filter, 'nearest'>
  /** Low-pass when the grid shrinks (timm since 0.9); off unless said. */
  antialias?: boolean
}

/**
 * A ViT for pictures of another size. The patch convolution makes another grid, the position embedding is resampled to
 * it (tokens before the patches keep theirs), and shapes written as numbers follow.
 *
 * Half-pixel centres; bicubic with a = −0.75, or −0.5 with antialias, as torch and timm resample.
 * @throws input-not-patches when a side is no multiple of the patch; tokens-cannot-change, naming the node.
 */
export async function atInputSize(model: Model, vit: Vit, options: InputSizeOptions): Promise<Model> {
  const { height, width } = options
  const finder = await finderLike(model, vit)
  const declared = model.graph.inputs.find(({ name }) => name === vit.input)!
  const [, , oldHeight, oldWidth] = finder.dims(vit.input)
  const patch = { height: oldHeight / vit.grid.height, width: oldWidth / vit.grid.width }
  const grid = { height: height / patch.height, width: width / patch.width }
  if (!Number.isInteger(grid.height) || !Number.isInteger(grid.width) || grid.height < 1 || grid.width < 1) {
    throw new StreambedError('input-not-patches', {
      what: `Pictures of ${width}×${height} were asked for, which patches of ${patch.width}×${patch.height} do not fill.`,
      where: model.label,
      mend: `Ask for multiples of ${patch.width} and ${patch.height}: 96, 160 or ${oldWidth} with patches of 16.`,
    })
  }
  const work = surgery(model)
  work.declareInput(vit.input, { type: declared.type!, shape: [declared.shape![0], 3, height, width] })
  const patches = vit.patches.result
  const [batch, channels] = finder.dims(patches)
  const carrier: Carrier = {
    before: batch * channels,
    old: vit.grid.height * vit.grid.width,
    fresh: grid.height * grid.width,
    grid: { old: [vit.grid.height, vit.grid.width], fresh: [grid.height, grid.width] },
  }
  const carried = retokened(
    work,
    finder,
    new Map([[patches, [carrier]]]),
    new Set(),
    (node, input, axis, { old, fresh }) => {
      const extras = old - vit.grid.height * vit.grid.width
      if (extras < 0 || fresh - extras !== grid.height * grid.width)
        throw refuse(finder, node, `has a table for ${old} tokens`)
      const matrix = resampling(vit.grid, grid, extras, options)
      const table = node.inputs[input]
      if (followsInput(finder, table)) return
      resampled(work, finder, { node, input, axis, table, matrix, rows: fresh, columns: old })
    },
  )
  for (const { name, type, shape } of model.graph.outputs) {
    const [place] = carried.get(name) ?? []
    if (place === undefined || shape === undefined || type === undefined) continue
    work.declareOutput(name, {
      type,
      shape: shape.map((dim) => (dim === place.old ? place.fresh : dim)),
    })
  }
  return work.done().model
}

/** Whether a table is made, within the graph, to fit the picture: then it fits any. */
function followsInput(finder: Finder, tensor: string): boolean {
  const open = [tensor]
  const seen = new Set<string>()
  while (open.length > 0) {
    const node = finder.maker(open.pop()!)
    if (node === undefined || seen.has(node.outputs[0])) continue
    seen.add(node.outputs[0])
    if (node.op === 'Shape' && finder.fed(node.inputs[0])) return true
    open.push(...node.inputs.filter((name) => name !== ''))
  }
  return false
}

/** [new tokens × old tokens]: the tokens in front as they are, each patch from those around it. */
function resampling(
  from: Vit['grid'],
  to: Vit['grid'],
  extras: number,
  { filter = 'bicubic', antialias = false }: InputSizeOptions,
): Float64Array {
  const how = { filter, antialias, alignCorners: false }
  const down = resampleWeights(from.height, to.height, how)
  const across = resampleWeights(from.width, to.width, how)
  const columns = extras + from.height * from.width
  const matrix = new Float64Array((extras + to.height * to.width) * columns)
  for (let i = 0; i < extras; i++) matrix[i * columns + i] = 1
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      const row = (extras + y * to.width + x) * columns + extras
      for (let v = 0; v < from.height; v++) {
        for (let u = 0; u < from.width; u++) {
          matrix[row + v * from.width + u] = down[y * from.height + v] * across[x * from.width + u]
        }
      }
    }
  }
  return matrix
}

/** A stored table is resampled here and now; one that the graph makes of a weight, by a product in the graph. */
function resampled(
  work: ReturnType<typeof surgery>,
  finder: Finder,
  how: {
    node: { outputs: readonly string[] }
    input: number
    axis: number
    table: string
    matrix: Float64Array
    rows: number
    columns: number
  },
): void {
  const { node, input, axis, table, matrix, rows, columns } = how
  const dims = finder.dims(table)
  const stored = finder.constant(table)
  const fresh = dims.map((dim, i) => (i === axis ? rows : dim))
  if (stored !== undefined) {
    const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1)
    const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1)
    const data = product(matrix, stored.data as Float32Array, { rows, columns, inner, outer })
    const numbers = { type: 'float32' as const, dims: fresh, data }
    // under its own name, so that it still is the position embedding; a Constant node's output cannot be replaced
    if (finder.model.graph.initializers.has(table)) work.set(table, numbers)
    else work.rewire(node.outputs[0], input, work.table(`${table}.resampled`, numbers))
    return
  }
  if (axis !== dims.length - 2) {
    throw new StreambedError('tokens-cannot-change', {
      what: `The position embedding ${table} is made in the graph as [${dims.join(', ')}], with its tokens in axis ${axis}.`,
      where: finder.model.label,
      mend: 'Export the network again at the wanted input size, with constants folded.',
    })
  }
  const left = work.table('position.resampling', {
    type: 'float32',
    dims: [rows, columns],
    data: Float32Array.from(matrix),
  })
  const nodes = (inner: string): NodeSpec[] => [{ op: 'MatMul', inputs: [left, inner], outputs: [table] }]
  work.wrap(table, nodes)
}

function product(
  matrix: Float64Array,
  table: Float32Array,
  { rows, columns, inner, outer }: { rows: number; columns: number; inner: number; outer: number },
): Float32Array {
  const out = new Float32Array(outer * rows * inner)
  const line = new Float64Array(inner)
  for (let o = 0; o < outer; o++) {
    for (let row = 0; row < rows; row++) {
      line.fill(0)
      for (let column = 0; column < columns; column++) {
        const weight = matrix[row * columns + column]
        if (weight === 0) continue
        const from = (o * columns + column) * inner
        for (let i = 0; i < inner; i++) line[i] += weight * table[from + i]
      }
      out.set(line, (o * rows + row) * inner)
    }
  }
  return out
}
