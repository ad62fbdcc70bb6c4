import type { Emit } from './emit.ts'
import type { Ref } from './network.ts'
import { summedProduct } from './summed-product.ts'

/** A map [N, C, …] summed over its examples and pixels: [C]. */
export function channelSums(emit: Emit, x: Ref): Ref {
  return emit.Reshape(emit.unbroadcast(x, perChannelDims(x)), [x.dims[1]])
}

/** x · y summed over examples and pixels: [C]. */
export function channelDots(emit: Emit, x: Ref, y: Ref): Ref {
  return emit.Reshape(summedProduct(emit, x, y, perChannelDims(x)), [x.dims[1]])
}

/** A number a channel [C], shaped to broadcast over the maps of x [N, C, …]. */
export function perChannel(emit: Emit, values: Ref, x: Ref): Ref {
  return emit.Reshape(values, perChannelDims(x))
}

function perChannelDims(x: Ref): number[] {
  return [x.dims[1], ...x.dims.slice(2).map(() => 1)]
}
