import { StreambedError } from '../error.ts'
import type { NodeSpec } from '../onnx/index.ts'
import { sameDims } from './broadcast.ts'
import type { Network, Ref } from './network.ts'
import type { Pen } from './pen.ts'
import type { Gradients, Reader, RuleContext } from './rule.ts'
import { ruleFor } from './rules/index.ts'
import { called, namingShapes } from './shape-errors.ts'
import { summed } from './summed.ts'

/**
 * Reverse-mode differentiation: writes with `pen` the nodes of Σ seed · ∂(seeded tensor) / ∂(wanted input).
 *
 * Nodes are walked last to first, one rule each. Gradients of a tensor with several readers are summed when its
 * producer is reached. Nodes that no wanted input reaches are not asked for a gradient, so an operator without a
 * rule may stand below the first trained weight.
 *
 * @param seeds the gradient arriving at each seeded tensor, by its name and of its shape
 * @returns the gradient of each wanted input; none for one that no seeded tensor depends on
 * @throws unsupported-gradient, gradient-shapes, naming the node
 */
export function differentiate(
  network: Network,
  { seeds, wanted }: { seeds: ReadonlyMap<string, Ref>; wanted: readonly string[] },
  pen: Pen,
): Map<string, Ref> {
  const nodes = withVirtual(network)
  const active = activeTensors(network, nodes, wanted)
  const arriving = new Map<string, Ref[]>()
  const arrive = (name: string, gradient: Ref) => {
    const others = arriving.get(name)
    if (others === undefined) arriving.set(name, [gradient])
    else others.push(gradient)
  }
  for (const [name, seed] of seeds) arrive(name, seed)
  const constant = (name: string) => network.constants.get(name) ?? pen.constants.get(name)
  const total = (name: string): Ref | undefined => {
    const parts = arriving.get(name)
    if (parts === undefined || parts.length === 0) return undefined
    if (parts.length === 1) return parts[0]
    const sum = summed({ ...pen, constant }, parts)
    arriving.set(name, [sum])
    return sum
  }

  const readers = readersIn(nodes)
  const soleReader = ([name]: readonly string[]): Reader | undefined => {
    const [node, another] = readers.get(name) ?? []
    const dOutput = node && total(node.outputs[0])
    if (dOutput === undefined || another !== undefined || seeds.has(name)) return undefined
    return { node, output: shapeOf(network, node.outputs[0]), dOutput }
  }

  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => active.has(name))) continue
    const dOutputs = node.outputs.map((name) => (name === '' ? undefined : total(name)))
    if (dOutputs.every((gradient) => gradient === undefined)) continue
    const arrived = { dOutputs, reader: soleReader(node.outputs) }
    const gradients = namingShapes(node, network.label, () =>
      fitting(network, node, gradientsOf(network, node, arrived, pen)),
    )
    for (const [index, name] of node.inputs.entries()) {
      const gradient = gradients[index]
      if (gradient === undefined || name === '' || !active.has(name)) continue
      arrive(name, gradient)
    }
  }
  return new Map(
    wanted.flatMap((name) => {
      const gradient = total(name)
      return gradient === undefined ? [] : [[name, gradient] as const]
    }),
  )
}

/** The gradients of a node, each of the shape of its input. */
function fitting(network: Network, node: NodeSpec, gradients: Gradients): Gradients {
  for (const [index, name] of node.inputs.entries()) {
    const gradient = gradients[index]
    if (gradient === undefined || name === '') continue
    const { dims } = shapeOf(network, name)
    if (!sameDims(gradient.dims, dims)) {
      throw new RangeError(`it is [${gradient.dims.join(', ')}] for ${name} of [${dims.join(', ')}]`)
    }
  }
  return gradients
}

/** The nodes as rules see them: each group that a virtual node stands for, replaced by it where the group ends. */
function withVirtual({ nodes, virtual = [] }: Network): NodeSpec[] {
  const standIn = new Map(virtual.flatMap((group) => group.covers.map((node) => [node, group] as const)))
  const last = new Map(virtual.map((group) => [group, nodes.findLast((node) => group.covers.includes(node))]))
  return nodes.flatMap((node) => {
    const group = standIn.get(node)
    if (group === undefined) return [node]
    return last.get(group) === node ? [group.node] : []
  })
}

/** The float tensors that a wanted input reaches. */
function activeTensors(network: Network, nodes: readonly NodeSpec[], wanted: readonly string[]): Set<string> {
  const active = new Set(wanted)
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some((name) => active.has(name))) continue
    for (const name of outputs) if (network.shapes.get(name)?.type.startsWith('float')) active.add(name)
  }
  return active
}

/** The nodes that read each tensor, a node once for each time it does. */
function readersIn(nodes: readonly NodeSpec[]): Map<string, NodeSpec[]> {
  const readers = new Map<string, NodeSpec[]>()
  for (const node of nodes) {
    for (const name of node.inputs) {
      const others = readers.get(name)
      if (others === undefined) readers.set(name, [node])
      else others.push(node)
    }
  }
  return readers
}

function gradientsOf(
  network: Network,
  node: NodeSpec,
  { dOutputs, reader }: Pick<RuleContext, 'dOutputs' | 'reader'>,
  pen: Pen,
) {
  const refuse = (what: string): never => {
    throw new StreambedError('unsupported-gradient', {
      what: `${called(node)} cannot be differentiated: ${what}.`,
      where: network.label,
      mend: 'Freeze everything below this node, or export the network with other operators in its place.',
    })
  }
  const domain = node.domain ?? ''
  const rule = ruleFor(domain, node.op)
  if (rule === undefined) {
    return refuse(`no gradient is known for the operator ${domain === '' ? '' : `${domain}.`}${node.op}`)
  }
  const refs = (names: readonly string[]) =>
    names.map((name) => (name === '' ? undefined : shapeOf(network, name)))
  const arriving = dOutputs[0]
  const context: RuleContext = {
    node,
    inputs: refs(node.inputs),
    outputs: refs(node.outputs),
    get dY() {
      return arriving ?? refuse('a gradient arrives only at an output other than its first')
    },
    dOutputs,
    emit: pen.emit,
    reader,
    constant: (input) =>
      input === undefined ? undefined : (network.constants.get(input.name) ?? pen.constants.get(input.name)),
    attribute: (name, otherwise) => attributeOf(node, name) ?? otherwise,
    refuse,
  }
  return rule.gradients(context)
}

/** An attribute as plain data, whichever way its type was written down. */
export function attributeOf<Value>(node: NodeSpec, name: string): Value | undefined {
  const value: unknown = node.attributes?.[name]
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    if ('float' in value) return value.float as Value
    if ('floats' in value) return value.floats as Value
  }
  return (typeof value === 'bigint' ? Number(value) : value) as Value | undefined
}

function shapeOf({ shapes, label }: Network, name: string): Ref {
  const ref = shapes.get(name)
  if (ref === undefined) throw new RangeError(`${label}: the shape of ${name} is not known`)
  return ref
}
