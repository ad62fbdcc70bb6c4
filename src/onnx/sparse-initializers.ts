import { create } from '@bufbuild/protobuf'
import { StreambedError } from '../error.ts'
import { arrayOf } from '../tensor/index.ts'
import {
  type ModelProto,
  type SparseTensorProto,
  type TensorProto,
  TensorProtoSchema,
} from './generated/onnx_pb.ts'
import { numbersOf } from './values.ts'
import { graphsIn } from './walk.ts'

/**
 * Writes out every sparse weight of a model (its values and where they stand) as a dense one, in place.
 *
 * @throws onnx-unreadable where the places contradict the shape; onnx-too-large over 2 GiB when written out
 */
export function writeOutSparse(proto: ModelProto, label: string): void {
  for (const graph of proto.graph === undefined ? [] : graphsIn(proto.graph)) {
    graph.initializer.push(...graph.sparseInitializer.map((sparse) => dense(sparse, label)))
    graph.sparseInitializer = []
  }
}

function dense({ values, indices, dims: size }: SparseTensorProto, label: string): TensorProto {
  const name = values?.name || '(unnamed)'
  const refuse = (code: string, what: string) =>
    new StreambedError(code, {
      what: `The sparse weight ${name} ${what}.`,
      where: label,
      mend: 'Export the network again with its weights written out in full.',
    })
  if (values === undefined || indices === undefined)
    throw refuse('onnx-unreadable', 'lacks its values or places')
  const dims = size.map(Number)
  const { type, data } = numbersOf(values, label)
  const places = numbersOf(indices, label)
  const count = dims.reduce((product, dim) => product * dim, 1)
  if (!(count >= 0 && count * arrayOf[type].BYTES_PER_ELEMENT < 2 ** 31)) {
    throw refuse('onnx-too-large', `of shape [${dims.join(', ')}] would have more than 2 GiB`)
  }
  const isFlat = places.dims.length === 1
  if (places.data.length !== data.length * (isFlat ? 1 : dims.length)) {
    throw refuse('onnx-unreadable', `has ${data.length} values and ${places.data.length} places`)
  }
  const filled = new arrayOf[type](count)
  for (let i = 0; i < data.length; i++) {
    const at = isFlat
      ? Number(places.data[i])
      : dims.reduce((at, dim, axis) => at * dim + Number(places.data[i * dims.length + axis]), 0)
    if (!(at >= 0 && at < count)) {
      throw refuse('onnx-unreadable', `has a value at ${at}, and ${count} places`)
    }
    filled[at] = data[i]
  }
  return create(TensorProtoSchema, {
    name: values.name,
    dataType: values.dataType,
    dims: size,
    rawData: new Uint8Array(filled.buffer),
  })
}
