import type { NodeSpec, Numbers } from '../onnx/index.ts'
import type { Network } from './network.ts'
import { penFor } from './pen.ts'

/**
 * The same network with patterns that the runtime leaves as they are in cheaper forms:
 *
 *   ½ · x · (1 + erf(x · 0.7071…)), in any order, is Gelu(x): one pass over x where there were five;
 *   a product of a transpose that moves the innermost axis reads one that leaves it, with a flag.
 */
export function recognised(network: Network): Network {
  return withTurnedProducts(withGelu(network))
}

/** Who makes and who reads each tensor. */
function links({ nodes, outputs }: Network) {
  const maker = new Map<string, NodeSpec>()
  const readers = new Map<string, NodeSpec[]>()
  for (const node of nodes) {
    for (const name of node.outputs) maker.set(name, node)
    for (const name of node.inputs) {
      const known = readers.get(name)
      if (known === undefined) readers.set(name, [node])
      else known.push(node)
    }
  }
  return {
    maker,
    /** The only node that reads what this one makes, once. */
    onlyReader(node: NodeSpec): NodeSpec | undefined {
      const found = readers.get(node.outputs[0]) ?? []
      return found.length === 1 && !outputs.includes(node.outputs[0]) ? found[0] : undefined
    },
  }
}

function withGelu(network: Network): Network {
  const { maker, onlyReader } = links(network)
  const value = (name: string) => numberOf(network.constants.get(name))
  const near = (name: string, wanted: number) => Math.abs((value(name) ?? Number.NaN) - wanted) < 1e-4
  const other = ({ inputs: [a, b] }: NodeSpec, one: string) => (a === one ? b : a)
  const isOp = (node: NodeSpec | undefined, op: string): node is NodeSpec =>
    node?.op === op && (node.domain ?? '') === ''

  const gone = new Set<NodeSpec>()
  const made = new Map<NodeSpec, NodeSpec>()
  for (const erf of network.nodes) {
    if (!isOp(erf, 'Erf')) continue
    const scaled = maker.get(erf.inputs[0])
    const x = scaled === undefined ? undefined : argumentOf(scaled)
    const plusOne = onlyReader(erf)
    if (scaled === undefined || x === undefined || onlyReader(scaled) !== erf) continue
    if (!isOp(plusOne, 'Add') || !near(other(plusOne, erf.outputs[0]), 1)) continue
    const product = onlyReader(plusOne)
    if (!isOp(product, 'Mul')) continue
    const factor = other(product, plusOne.outputs[0])
    const inner = maker.get(factor)
    const outer = onlyReader(product)
    if (
      isOp(inner, 'Mul') &&
      inner.inputs.includes(x) &&
      near(other(inner, x), 0.5) &&
      onlyReader(inner) === product
    ) {
      replace(product, [scaled, erf, plusOne, inner]) // (½ · x) · (1 + erf)
    } else if (isOp(outer, 'Mul')) {
      const last = other(outer, product.outputs[0])
      const isGelu = (factor === x && near(last, 0.5)) || (near(factor, 0.5) && last === x)
      if (isGelu) replace(outer, [scaled, erf, plusOne, product])
    }

    function replace(last: NodeSpec, pieces: readonly NodeSpec[]) {
      for (const piece of pieces) gone.add(piece)
      made.set(last, { op: 'Gelu', name: last.name ?? '', inputs: [x!], outputs: last.outputs })
    }
  }
  if (made.size === 0) return network
  return {
    ...network,
    nodes: network.nodes.flatMap((node) => (gone.has(node) ? [] : [made.get(node) ?? node])),
  }

  /** What x · 0.7071… or x / 1.4142… is taken of. */
  function argumentOf(node: NodeSpec): string | undefined {
    const [a, b] = node.inputs
    if (isOp(node, 'Div')) return near(b, Math.SQRT2) ? a : undefined
    if (!isOp(node, 'Mul')) return undefined
    if (near(b, Math.SQRT1_2)) return a
    return near(a, Math.SQRT1_2) ? b : undefined
  }
}

function numberOf(numbers: Numbers | undefined): number | undefined {
  return numbers?.data.length === 1 && numbers.type === 'float32' ? Number(numbers.data[0]) : undefined
}

function withTurnedProducts(network: Network): Network {
  const { maker, onlyReader } = links(network)
  const pen = penFor(network)
  const changed = new Map<NodeSpec, NodeSpec[]>()
  for (const node of network.nodes) {
    const isProduct = (node.op === 'MatMul' && !node.domain) || node.op === 'FusedMatMul'
    if (!isProduct || node.attributes?.transBatchA === 1 || node.attributes?.transBatchB === 1) continue
    const turned = node.inputs.map((name) => {
      const transpose = maker.get(name)
      const perm =
        transpose?.op === 'Transpose' ? (transpose.attributes?.perm as readonly number[]) : undefined
      if (transpose === undefined || perm === undefined || perm.length < 3) return undefined
      if (perm.at(-2) !== perm.length - 1 || onlyReader(transpose) !== node) return undefined
      return { transpose, perm: [...perm.slice(0, -2), perm.at(-1)!, perm.at(-2)!] }
    })
    if (turned.every((side) => side === undefined)) continue
    const inputs = node.inputs.map((name, side) => {
      const found = turned[side]
      if (found === undefined) return name
      const source = network.shapes.get(found.transpose.inputs[0])!
      const start = pen.nodes.length
      const made = pen.emit.Transpose(source, found.perm)
      changed.set(found.transpose, pen.nodes.slice(start))
      return made.name
    })
    const flag = (name: string, side: number) => Number(node.attributes?.[name] ?? 0) ^ (turned[side] ? 1 : 0)
    const attributes = { ...node.attributes, transA: flag('transA', 0), transB: flag('transB', 1) }
    changed.set(node, [{ ...node, op: 'FusedMatMul', domain: 'com.microsoft', inputs, attributes }])
  }
  if (changed.size === 0) return network
  return {
    ...network,
    nodes: network.nodes.flatMap((node) => changed.get(node) ?? [node]),
    shapes: new Map([...network.shapes, ...pen.shapes]),
  }
}
