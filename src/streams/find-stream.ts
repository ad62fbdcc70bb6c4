import { either, nearest, StreambedError } from '../error.ts'
import { cifakeObjects } from './cifake-objects.ts'
import { clofai } from './clofai.ts'
import type { StreamDeclaration } from './declaration.ts'
import { proceduralDomains } from './procedural-domains.ts'
import { proceduralFakes } from './procedural-fakes.ts'
import { splitCifar10 } from './split-cifar10.ts'
import { splitCifar100 } from './split-cifar100.ts'
import { splitImageFolder } from './split-image-folder.ts'
import { splitImageManifest } from './split-image-manifest.ts'
import { splitProcedural } from './split-procedural.ts'

/** The shelf. To add a stream, copy its nearest neighbour's file and add one line. Declarations load nothing. */
export const streams: readonly StreamDeclaration[] = [
  splitProcedural,
  proceduralDomains,
  splitCifar100,
  splitCifar10,
  proceduralFakes,
  clofai,
  cifakeObjects,
  splitImageFolder,
  splitImageManifest,
]

/** The declaration of a stream on the shelf. @throws unknown-stream with the nearest name. */
export function findStream(name: string, where?: string): StreamDeclaration {
  const found = streams.find((stream) => stream.name === name)
  if (found) return found
  const names = streams.map((stream) => stream.name)
  const close = nearest(name, names)
  throw new StreambedError('unknown-stream', {
    what: `There is no stream called “${name}”.${close ? ` Did you mean ${close}?` : ''}`,
    where,
    mend: `Use ${either(names)}.`,
  })
}
