import type { Network, Ref } from '../autodiff/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { chunk } from './batches.ts'
import { type Context, dataInputs } from './context.ts'
import type { Front } from './fronts.ts'
import { evaluationGraph } from './graphs.ts'
import type { Inputs } from './options.ts'
import type { Opened } from './sessions.ts'

/** How pictures come to a graph of so many rows. */
export interface Showing {
  readonly front: Front
  /** What a batch brings. */
  readonly brings: readonly Ref[]
  /** Rows `from` … `to` of it, as the network is fed. */
  feeds(inputs: Inputs, from: number, to: number): Promise<Record<string, Tensor>>
}

/** For a network of so many rows; a front is a session of its own, run before it. */
export async function showingFor(
  context: Context,
  network: Pick<Network, 'inputs'>,
  front: Front,
  rows: number,
): Promise<Showing> {
  const { fronts } = context.networks
  const own = dataInputs(context, network.inputs)
  const fed = own.filter(({ name }) => front.prefix === undefined || name !== fronts.replaced)
  const opened = await frontSession(context, front, rows)
  const before = opened?.graph.parts.inputs ?? []
  const chunks = (refs: readonly Ref[], inputs: Inputs, from: number, to: number) =>
    Object.fromEntries(refs.map((ref) => [ref.name, chunk(inputs[ref.name], ref, from, to)]))
  return {
    front,
    brings: [...before, ...fed],
    async feeds(inputs, from, to) {
      const feeds = chunks(fed, inputs, from, to)
      if (opened === undefined) return feeds
      const { session, graph } = opened
      const shown = await session.run(chunks(before, inputs, from, to))
      return { ...feeds, [fronts.replaced]: shown[graph.parts.outputs[0]] }
    },
  }
}

function frontSession(
  { networks, sessions }: Context,
  front: Front,
  rows: number,
): Promise<Opened> | undefined {
  const made = front.prefix === undefined ? undefined : () => networks.fronts.graph(front, rows)!
  return (
    made &&
    sessions.get(`front ${front.name} of ${rows}`, async () => {
      const { network, output } = await made()
      return evaluationGraph(network, [output])
    })
  )
}
