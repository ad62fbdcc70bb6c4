import { defineCheck } from '../check.ts'

/** Three uneven tasks, all seen classes evaluated after each: what any stream asks for. */
export const comesToItsEnd = defineCheck({
  name: 'comes-to-its-end',
  promise: 'walks down a stream of three uneven tasks without an error',
})
