import { dithered } from './dithered.ts'
import type { FakeMaker } from './maker.ts'
import { patched } from './patched.ts'
import { recompressed } from './recompressed.ts'
import { smoothed } from './smoothed.ts'
import { upsampled } from './upsampled.ts'

/** The makers, in the order of a stream's tasks. */
export const fakeMakers: readonly FakeMaker[] = [smoothed, recompressed, upsampled, dithered, patched]
