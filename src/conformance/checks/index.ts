import type { Check } from '../check.ts'
import { anotherSeed } from './another-seed.ts'
import { anyOrder } from './any-order.ts'
import { beforeTheFirstClass } from './before-the-first-class.ts'
import { bufferBound } from './buffer-bound.ts'
import { bufferUniform } from './buffer-uniform.ts'
import { comesToItsEnd } from './comes-to-its-end.ts'
import { company } from './company.ts'
import { embeddingsDeclared } from './embeddings-declared.ts'
import { finite } from './finite.ts'
import { fisher } from './fisher.ts'
import { gradientsDeclared } from './gradients-declared.ts'
import { handlesOnly } from './handles-only.ts'
import { inputsUntouched } from './inputs-untouched.ts'
import { memoryDeclared } from './memory-declared.ts'
import { moments } from './moments.ts'
import { operations } from './operations.ts'
import { optionsDeclared } from './options-declared.ts'
import { penalty } from './penalty.ts'
import { predictingChangesNothing } from './predicting-changes-nothing.ts'
import { projection } from './projection.ts'
import { resume } from './resume.ts'
import { sameSeed } from './same-seed.ts'
import { seenClasses } from './seen-classes.ts'
import { smallBuffer } from './small-buffer.ts'
import { stateBytes } from './state-bytes.ts'

/** The promises of a method, in the order in which they are looked at. */
export const checks: readonly Check[] = [
  comesToItsEnd,
  sameSeed,
  anotherSeed,
  predictingChangesNothing,
  resume,
  inputsUntouched,
  handlesOnly,
  optionsDeclared,
  company,
  anyOrder,
  seenClasses,
  finite,
  beforeTheFirstClass,
  operations,
  stateBytes,
  memoryDeclared,
  embeddingsDeclared,
  gradientsDeclared,
  bufferBound,
  bufferUniform,
  smallBuffer,
  penalty,
  projection,
  fisher,
  moments,
]
