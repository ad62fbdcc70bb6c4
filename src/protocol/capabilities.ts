import { StreambedError } from '../error.ts'
import type { Needs } from '../method/index.ts'
import type { Scenario, Stream } from '../streams/index.ts'

/** Scenarios in which nobody says where a task ends. */
const boundless: readonly Scenario[] = ['online']

/**
 * Checks what a method declares to need against what a stream gives, before anything runs.
 *
 * @throws method-needs-scenario, method-needs-boundaries
 */
export function checkCapabilities(
  method: { name: string; needs: Needs },
  stream: Pick<Stream, 'name' | 'scenario'>,
  where: string,
): void {
  const { name, needs } = method
  if (needs.scenarios && !needs.scenarios.includes(stream.scenario)) {
    throw new StreambedError('method-needs-scenario', {
      what: `${name} is defined for ${needs.scenarios.join(', ')} streams, and ${stream.name} is ${stream.scenario}.`,
      where,
      mend: `Exclude it: "exclude: [{ stream: ${stream.name}, method: ${name}, reason: … }]".`,
    })
  }
  if (needs.boundaries && boundless.includes(stream.scenario)) {
    throw new StreambedError('method-needs-boundaries', {
      what: `${name} must be told where tasks end, and ${stream.name} (${stream.scenario}) does not say.`,
      where,
      mend: `Exclude it: "exclude: [{ stream: ${stream.name}, method: ${name}, reason: … }]".`,
    })
  }
}

/** Does a method use embeddings of the frozen backbone? One that trains the backbone does so only if it says it. */
export function usesEmbeddings({ embeddings, gradients }: Needs): boolean {
  return embeddings ?? gradients !== 'backbone'
}
