import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
} from './generated/onnx_pb.ts'

/** Every graph: the one given, and the bodies of If, Loop and Scan in it, outermost first. */
export function* graphsIn(graph: GraphProto): Generator<GraphProto> {
  yield graph
  yield* bodiesOf(graph.node)
}

function* bodiesOf(nodes: readonly NodeProto[]): Generator<GraphProto> {
  for (const { attribute } of nodes) {
    for (const { g, graphs } of attribute) {
      for (const body of g === undefined ? graphs : [g, ...graphs]) yield* graphsIn(body)
    }
  }
}

/** Every node of a file, in its graphs, their bodies and its functions. */
export function* nodesIn({ graph, functions }: ModelProto): Generator<NodeProto> {
  for (const { node } of graph === undefined ? [] : graphsIn(graph)) yield* node
  for (const { node } of functions) {
    yield* node
    for (const body of bodiesOf(node)) yield* body.node
  }
}

/** Every table of numbers of a file: weights, and those that attributes carry, sparse ones in their parts. */
export function* tensorsIn(proto: ModelProto): Generator<TensorProto> {
  for (const { initializer, sparseInitializer } of proto.graph === undefined ? [] : graphsIn(proto.graph)) {
    yield* initializer
    for (const sparse of sparseInitializer) yield* partsOf(sparse)
  }
  for (const { attribute } of nodesIn(proto)) for (const one of attribute) yield* tensorsOf(one)
}

function* tensorsOf({ t, tensors, sparseTensor, sparseTensors }: AttributeProto): Generator<TensorProto> {
  if (t !== undefined) yield t
  yield* tensors
  for (const sparse of sparseTensor === undefined ? sparseTensors : [sparseTensor, ...sparseTensors]) {
    yield* partsOf(sparse)
  }
}

function* partsOf({ values, indices }: SparseTensorProto): Generator<TensorProto> {
  if (values !== undefined) yield values
  if (indices !== undefined) yield indices
}
