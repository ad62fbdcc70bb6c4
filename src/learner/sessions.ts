import { blocked, bytesOf, channelBlock, type Parts, portable } from '../autodiff/index.ts'
import { type Device, openSession, type Session } from '../runtime/index.ts'
import type { StepGraph } from './graphs.ts'

/** A graph and the session that runs it. */
export interface Opened {
  readonly graph: StepGraph
  readonly session: Session
}

/** Sessions by name, each made when it is first asked for. */
export interface Sessions {
  get(key: string, graph: () => Promise<StepGraph>): Promise<Opened>
  /** Forgets those whose key is taken by `which`; their memory comes back with the next `settled`. */
  retire(which: (key: string) => boolean): void
  settled(): Promise<void>
}

export function sessionsOf(
  label: string,
  { threads, device = 'cpu' }: { threads: number; device?: Device },
): Sessions {
  const open = new Map<string, Promise<Opened>>()
  const leaving: Promise<unknown>[] = []
  return {
    get(key, graph) {
      let opened = open.get(key)
      if (opened === undefined) {
        opened = graph().then(async (made) => {
          const { parts, onCpu } = await fitted(made.parts, device)
          const named = `${label} (${key})`
          return {
            graph: made.loss === undefined ? lean(made) : made,
            session: await openSession(bytesOf(parts), { threads, device, onCpu, label: named }),
          }
        })
        open.set(key, opened)
        opened.catch(() => open.delete(key))
      }
      return opened
    },
    retire(which) {
      for (const [key, opened] of open) {
        if (!which(key)) continue
        open.delete(key)
        leaving.push(
          opened.then(
            ({ session }) => session.release(),
            () => undefined, // it never opened, and whoever asked for it knows
          ),
        )
      }
    },
    async settled() {
      await Promise.all(leaving.splice(0))
    },
  }
}

/** The graph in the form that the device computes: on the CPU, convolutions in its own layout. */
async function fitted(parts: Parts, device: Device): Promise<{ parts: Parts; onCpu: readonly string[] }> {
  if (device !== 'cpu') return portable(parts)
  if (!parts.nodes.some(({ op }) => op === 'Conv')) return { parts, onCpu: [] }
  const block = await channelBlock()
  return { parts: block === undefined ? parts : blocked(parts, block), onCpu: [] }
}

/** What was loaded need not be kept here as well; but a graph with a loss is looked through when that is NaN. */
function lean(graph: StepGraph): StepGraph {
  return { ...graph, parts: { ...graph.parts, nodes: [], constants: new Map() } }
}
