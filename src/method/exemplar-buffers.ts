import { balancoir } from './balancoir.ts'
import { classBalanced } from './class-balanced.ts'
import type { MakeBuffer } from './exemplar-buffer.ts'
import { fifo } from './fifo.ts'
import { greedilyBalanced } from './greedily-balanced.ts'
import { reservoir } from './reservoir.ts'
import { ring } from './ring.ts'

/**
 * Every buffer of exemplars, under the name by which an option chooses it:
 * `oneOf('er › buffer', options.buffer, exemplarBuffers)(exemplars, backbone.rowSize, random('buffer'))`.
 */
export const exemplarBuffers = {
  reservoir,
  'class-balanced': classBalanced,
  ring,
  balancoir,
  fifo,
  'greedily-balanced': greedilyBalanced,
} satisfies Readonly<Record<string, MakeBuffer>>
