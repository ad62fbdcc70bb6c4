import { StreambedError } from '../error.ts'
import type { Needs } from '../method/index.ts'
import type { Scenario, Stream } from '../streams/index.ts'

/** Scenarios in which nobody says where a task ends. */
const boundless: readonly Scenario[] = ['online']

/**
 * Checks what a method declares to need against what a stream gives, before anything runs.
 *
 * @throws method-needs-scenario, method-needs-boundaries, method-needs-training
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
  if (needs.gradients === 'backbone') {
    throw new StreambedError('method-needs-training', {
      what: `${name} trains the backbone, which this version of Streambed cannot do.`,
      where,
      mend: 'Use a method whose needs.gradients is none or head.',
    })
  }
}
