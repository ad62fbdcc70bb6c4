import { StreambedError } from '../error.ts'
import type { NodeSpec } from '../onnx/index.ts'

/** How to name a node for a reader: its own name, or its operator and what it makes. */
export function called({ op, name, outputs }: NodeSpec): string {
  return name === undefined || name === '' ? `${op} → ${outputs[0]}` : `${op} ${name}`
}

/**
 * Does what `write` does, and gives shapes that do not fit the name of the node that they were written for. The
 * runtime tells shapes without checking all of them, so that a damaged graph comes as far as this.
 *
 * @throws gradient-shapes
 */
export function namingShapes<Made>(node: NodeSpec, label: string, write: () => Made): Made {
  try {
    return write()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new StreambedError('gradient-shapes', {
      what: `The gradient of ${called(node)} could not be written: ${cause.message}.`,
      where: label,
      mend: 'If the network does not run either, export it again; if it runs, the mistake is ours: report it with the network.',
      cause,
    })
  }
}
