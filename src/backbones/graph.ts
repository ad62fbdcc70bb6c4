import { StreambedError } from '../error.ts'
import { type Model, readModel, withOutputs } from '../onnx/index.ts'
import { shapesOf } from '../runtime/index.ts'
import type { Backbone, Passport } from './passport.ts'

/** What the network is fed: its one input, and how its pictures lie in memory. */
export interface NetworkInput {
  name: string
  type: 'float32' | 'float16' | 'float64'
  layout: 'nchw' | 'nhwc'
  /** `undefined` where the graph leaves the side open. */
  height: number | undefined
  width: number | undefined
}

/** A tensor that could serve as the embedding. */
export interface Candidate {
  name: string
  dimension: number
  /** As declared or inferred, `batch` first. */
  dims: readonly number[]
  isOutput: boolean
}

/**
 * The picture input of a network.
 *
 * @throws backbone-input when there are several inputs and none is named, or the one meant is no batch of RGB
 *   pictures of floats, or its batch is fixed
 */
export function networkInput(model: Model, name?: string): NetworkInput {
  const { inputs } = model.graph
  const listed = inputs.map(
    (input) => `${input.name} ${input.type ?? 'of no number type'} [${input.shape?.join(', ') ?? '?'}]`,
  )
  const refuse = (what: string, mend: string) =>
    new StreambedError('backbone-input', { what, where: `${model.label}: ${listed.join('; ')}`, mend })
  if (inputs.length > 1) {
    throw refuse(
      `The network has ${inputs.length} inputs, and pictures are all that a backbone is fed.`,
      'Export it again with the pictures as its only input.',
    )
  }
  const input = inputs[0]
  if (input === undefined || (name !== undefined && input.name !== name)) {
    throw refuse(
      name === undefined ? 'The network has no input.' : `The network has no input called ${name}.`,
      `Set input.name in the passport to ${inputs.map((one) => one.name).join(' or ') || 'the picture input of another export'}.`,
    )
  }
  const { type, shape } = input
  if (type !== 'float32' && type !== 'float16' && type !== 'float64') {
    throw refuse(
      `The input ${input.name} takes ${type ?? 'no'} numbers.`,
      'Export the network with float32 pictures as input.',
    )
  }
  const at = shape?.length === 4 ? ([1, 3].find((place) => shape[place] === 3) ?? 1) : undefined
  if (shape === undefined || at === undefined || (typeof shape[at] === 'number' && shape[at] !== 3)) {
    throw refuse(
      `The input ${input.name} is not a batch of pictures of three colours.`,
      'Export the network with an input [batch, 3, height, width] (or [batch, height, width, 3]).',
    )
  }
  if (typeof shape[0] === 'number') {
    throw refuse(
      `The input ${input.name} takes exactly ${shape[0]} picture${shape[0] === 1 ? '' : 's'} at a time.`,
      `Export it again with an open batch: torch.onnx.export(…, dynamic_axes={'${input.name}': {0: 'batch'}}).`,
    )
  }
  const side = (place: number) => (typeof shape[place] === 'number' ? shape[place] : undefined)
  return at === 1
    ? { name: input.name, type, layout: 'nchw', height: side(2), width: side(3) }
    : { name: input.name, type, layout: 'nhwc', height: side(1), width: side(2) }
}

/**
 * The network of a backbone, with the embedding as its only output and what nobody reads pruned away.
 *
 * @throws backbone-embedding listing the tensors that could be meant, when the passport's is missing or of another
 *   dimension; backbone-input as {@link networkInput}, or for another size than the passport's
 */
export async function embeddingGraph({
  passport,
  path,
}: Pick<Backbone, 'passport' | 'path'>): Promise<Model> {
  const model = readModel(path)
  const { input, embedding } = passport
  const { height, width } = networkInput(model, input.name)
  if ((height ?? input.height) !== input.height || (width ?? input.width) !== input.width) {
    throw new StreambedError('backbone-input', {
      what: `The network takes pictures of ${width} × ${height}; its passport says ${input.width} × ${input.height}.`,
      where: `${path} › ${input.name}`,
      mend: 'Correct input.width and input.height in the passport.',
    })
  }
  const made = graphTensors(model).has(embedding.name)
  const dims = made ? (await shapesAt(model, input)).get(embedding.name)?.dims : undefined
  if (!made || (dims !== undefined && dimensionOf(dims) !== embedding.dimension)) {
    const found =
      dims === undefined ? 'is not in the network' : `has the shape [batch, ${dims.slice(1).join(', ')}]`
    throw new StreambedError('backbone-embedding', {
      what: `The embedding ${embedding.name} of ${passport.name} ${found}; [batch, ${embedding.dimension}] was expected.`,
      where: path,
      mend: `Set embedding in the passport to one of these:\n${listed(await embeddingCandidates(model, input))}`,
    })
  }
  return withOutputs(model, [embedding.name])
}

/**
 * Every tensor of shape [batch, dimension] or [batch, dimension, 1, 1] of floats, the last made first: an embedding
 * is near the end. Outputs of the graph come before inner tensors.
 */
export async function embeddingCandidates(
  model: Model,
  input: Pick<Passport['input'], 'height' | 'width'>,
): Promise<Candidate[]> {
  const shapes = await shapesAt(model, input)
  const outputs = new Set(model.graph.outputs.map(({ name }) => name))
  const candidates: Candidate[] = []
  for (const name of [...graphTensors(model)].reverse()) {
    const known = shapes.get(name)
    if (known === undefined || !known.type.startsWith('float') || known.dims[0] !== probeBatch) continue
    const dimension = dimensionOf(known.dims)
    if (dimension === undefined) continue
    candidates.push({ name, dimension, dims: known.dims, isOutput: outputs.has(name) })
  }
  return candidates.sort((a, b) => Number(b.isOutput) - Number(a.isOutput))
}

export function listed(candidates: readonly Candidate[], most = 12): string {
  if (candidates.length === 0) return '  none: no tensor has the shape [batch, dimension]'
  const lines = candidates
    .slice(0, most)
    .map(
      ({ name, dims, isOutput }) =>
        `  ${name}  [batch, ${dims.slice(1).join(', ')}]${isOutput ? '  an output' : ''}`,
    )
  if (candidates.length > most) lines.push(`  and ${candidates.length - most} more`)
  return lines.join('\n')
}

/** A batch size that no network is likely to have as another dimension, so that shapes show where the batch is. */
const probeBatch = 7

function shapesAt(model: Model, input: Pick<Passport['input'], 'height' | 'width'>) {
  return shapesOf(model, openDimensions(model, input, probeBatch))
}

/** Numbers for the dimensions that the network's input leaves open, by name, for the shape oracle. */
export function openDimensions(
  model: Model,
  { height, width }: Pick<Passport['input'], 'height' | 'width'>,
  batch: number,
): Record<string, number> {
  const { layout } = networkInput(model)
  const shape = model.graph.inputs[0].shape!
  const sizes = layout === 'nchw' ? [batch, 3, height, width] : [batch, height, width, 3]
  const named = shape.flatMap((dim, i) =>
    typeof dim === 'string' && dim !== '' ? [[dim, sizes[i]] as const] : [],
  )
  return { batch, ...Object.fromEntries(named) }
}

function dimensionOf(dims: readonly number[]): number | undefined {
  const [, dimension, ...rest] = dims
  return (dims.length === 2 || dims.length === 4) && rest.every((side) => side === 1) ? dimension : undefined
}

/** Names of the tensors that nodes make, in the order they are made. */
function graphTensors(model: Model): Set<string> {
  return new Set(model.graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== '')))
}
