import { rowProducts } from './row-products.ts'
import type { Count } from './state.ts'

export interface NearestKeysOptions {
  /** Numbers of a query, and of a key. */
  dimension: number
  /** How many are chosen for each query. */
  top: number
  /** Only the first so many keys are there to choose from; all unless said. */
  among?: number
  count: Count
}

/**
 * Places of the keys with the largest cosine to each query, [n × top], best first, and the earlier of two that are as
 * near. Each query chooses by itself, whatever comes with it.
 */
export async function nearestKeys(
  queries: Float32Array,
  keys: Float32Array,
  { dimension, top, among = keys.length / dimension, count }: NearestKeysOptions,
): Promise<Int32Array> {
  const x = Float64Array.from(queries)
  const w = Float64Array.from(keys.subarray(0, among * dimension))
  const dots = await rowProducts(x, w, dimension)
  // The length of a query is the same to all keys, and changes no order.
  const lengths = Float64Array.from({ length: among }, (_, k) =>
    Math.sqrt(w.subarray(k * dimension, (k + 1) * dimension).reduce((sum, value) => sum + value * value, 0)),
  )
  const n = x.length / dimension
  const places = new Int32Array(n * top)
  for (let i = 0; i < n; i++) {
    const cosine = (k: number) => dots[i * among + k] / (lengths[k] || 1)
    const order = Array.from({ length: among }, (_, k) => k).sort((a, b) => cosine(b) - cosine(a) || a - b)
    places.set(order.slice(0, top), i * top)
  }
  count(2 * n * among * dimension + 2 * w.length + n * among)
  return places
}

/** The `top` places that were chosen most often, for all n rows alike, [n × top]; the earlier of two as frequent. */
export function mostFrequent(places: Int32Array, { top, pool }: { top: number; pool: number }): Int32Array {
  const counts = new Uint32Array(pool)
  for (const place of places) counts[place]++
  const order = Array.from({ length: pool }, (_, k) => k).sort((a, b) => counts[b] - counts[a] || a - b)
  return Int32Array.from(places, (_, i) => order[i % top])
}
