import type { ElementType } from '../tensor/index.ts'
import type { Emit } from './emit.ts'
import type { Network, Ref } from './network.ts'
import { penFor } from './pen.ts'
import { exposing, renamed, withNames } from './step-parts.ts'

/** What a loss is written with. */
export interface Forward {
  readonly emit: Emit
  /** A tensor of the network by its name: scores, features. */
  tensor(name: string): Ref
  /** Something else that is fed with each batch; float32 unless said. Its name may change to keep it apart. */
  input(name: string, dims: readonly number[], type?: ElementType): Ref
}

/** The network with the loss above it, called `loss` unless that name is taken. */
export function withLoss(
  network: Network,
  write: (forward: Forward) => Ref,
): { whole: Network; loss: Ref; fed: Map<string, Ref> } {
  const pen = penFor(network)
  const fed = new Map<string, Ref>()
  const written = write({
    emit: pen.emit,
    tensor(name) {
      const ref = network.shapes.get(name)
      if (ref === undefined) throw new RangeError(`${network.label} makes no tensor called ${name}`)
      return ref
    },
    input(name, dims, type = 'float32') {
      const ref = { name: pen.fresh(name), type, dims }
      fed.set(name, ref)
      pen.shapes.set(ref.name, ref)
      return ref
    },
  })
  const exposed = exposing(pen)
  const name = exposed.as('loss', written)
  const loss: Ref = { ...written, name }
  const whole: Network = {
    ...network,
    inputs: [...network.inputs, ...fed.values()],
    nodes: [...network.nodes, ...pen.nodes.map((node) => renamed(node, exposed.names))],
    constants: new Map([...network.constants, ...pen.constants]),
    shapes: withNames(new Map([...network.shapes, ...pen.shapes]), exposed.names),
  }
  return { whole, loss, fed }
}
