import { create } from '@bufbuild/protobuf'
import { StreambedError } from '../error.ts'
import { valueProto } from './build.ts'
import { type ValueInfoProto, ValueInfoProtoSchema } from './generated/onnx_pb.ts'
import { limits } from './limits.ts'
import { type Model, withGraph } from './model.ts'

/**
 * The model with every dimension of its inputs a number and every tensor inside declared an output by name: what
 * the shape oracle loads. `dims` gives dimensions by their names; `batch` also stands for whatever the first
 * dimension of an input is called.
 *
 * @throws onnx-unknown-dimension, naming the input and the dimension that `dims` does not give, or that is beyond all
 *   memory.
 */
export function instrumented(
  model: Model,
  dims: Readonly<Record<string, number>>,
  only?: ReadonlySet<string>,
): Model {
  const fixed = model.graph.inputs.map(({ name, type, shape }) => {
    if (type === undefined || shape === undefined) {
      throw unknownDimension(model, `The input ${name} has no declared type and rank.`, dims)
    }
    const numbers = shape.map((dim, axis) => {
      if (typeof dim === 'number') return dim
      const given = dims[dim] ?? (axis === 0 ? dims.batch : undefined)
      if (given === undefined) {
        throw unknownDimension(
          model,
          `Dimension ${axis} of the input ${name} (${dim || 'unnamed'}) has no number.`,
          dims,
        )
      }
      return given
    })
    if (numbers.reduce((product, dim) => product * dim, 1) > limits.mostBytes) {
      throw unknownDimension(model, `The input ${name} would be of shape [${numbers.join(', ')}].`, dims)
    }
    return valueProto(name, { type, shape: numbers })
  })
  const inputs = new Map(fixed.map((value) => [value.name, value]))
  const names = model.graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== '')
  const output: ValueInfoProto[] = names
    .filter((name) => only === undefined || only.has(name))
    .map((name) => create(ValueInfoProtoSchema, { name }))
  const { input } = model.proto.graph!
  // Stored shapes of inner tensors belong to the exporter's batch size, and would contradict ours.
  return withGraph(model, {
    input: input.map((value) => inputs.get(value.name) ?? value),
    output,
    valueInfo: [],
  })
}

function unknownDimension(
  model: Model,
  what: string,
  dims: Readonly<Record<string, number>>,
): StreambedError {
  return new StreambedError('onnx-unknown-dimension', {
    what,
    where: model.label,
    mend: `Numbers were given for ${Object.keys(dims).join(', ') || 'none'}; give this one too, or export with it fixed.`,
  })
}
