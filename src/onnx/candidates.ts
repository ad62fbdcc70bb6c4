import type { Model, Node } from './model.ts'
import type { Shapes } from './with-outputs.ts'

const most = 8

/** Operators whose result always has rank 2. */
const flatOps = new Set(['Gemm', 'Flatten'])

/**
 * Tensors that someone may have meant: those nearest in name, float tensors of rank 2 (the last eight, since an
 * embedding stands near the end), and what a node of exactly that name makes.
 */
export function candidates(
  { graph }: Model,
  wanted: string,
  shapes?: Shapes,
): { near: string[]; flat: string[]; ofNode: string[] } {
  const declared = new Map(graph.outputs.map((value) => [value.name, value.shape?.length]))
  const isFloat = (name: string) => {
    const type = shapes?.get(name)?.type
    return type === undefined || type.startsWith('float')
  }
  const rankTwo = (name: string, { op }: Node) =>
    shapes?.has(name) ? shapes.get(name)!.dims.length === 2 : declared.get(name) === 2 || flatOps.has(op)

  const made = graph.nodes.flatMap((node) =>
    node.outputs.filter((name) => name !== '' && isFloat(name)).map((name) => ({ name, node })),
  )
  const near = made
    .map(({ name }) => ({ name, likeness: likeness(name, wanted) }))
    .filter(({ likeness }) => likeness >= 0.4)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, most)
    .map(({ name }) => name)
  const flat = made.filter(({ name, node }) => rankTwo(name, node)).map(({ name }) => name)
  const ofNode = graph.nodes.find(({ name }) => name === wanted && name !== '')?.outputs ?? []
  return { near, flat: flat.slice(-most), ofNode: [...ofNode] }
}

/** How much two names share, 0 … 1: Dice's coefficient of their pairs of letters (long paths, any order of parts). */
function likeness(a: string, b: string): number {
  const pairs = (text: string) => {
    const lower = text.toLowerCase()
    return new Set(Array.from({ length: Math.max(0, lower.length - 1) }, (_, i) => lower.slice(i, i + 2)))
  }
  const left = pairs(a)
  const right = pairs(b)
  if (left.size + right.size === 0) return 0
  let shared = 0
  for (const pair of left) if (right.has(pair)) shared++
  return (2 * shared) / (left.size + right.size)
}
