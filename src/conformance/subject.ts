import type { Backbone, Learner, Method, OptionValue } from '../method/index.ts'
import { chance } from '../tensor/index.ts'
import type { Check, Eye, Finding } from './check.ts'
import { groundOf, type Level } from './ground.ts'
import { type Journey, journey, type Route } from './journey.ts'
import { watchOf } from './watched.ts'

/** One method on one ground. What several checks need is done once. */
export interface Subject {
  readonly method: Method
  readonly level: Level
  /** As in a run, but for what only takes time. */
  readonly options: Readonly<Record<string, OptionValue>>
  /** A walk like another, but for what is said here. */
  journey(route?: Omit<Partial<Route>, 'level'>): Promise<Journey>
  /** The walk that others are held against, with all eyes on it. */
  base(): Promise<Journey>
  /** The same walk, once more. */
  again(): Promise<Journey>
  /** The same walk, but asked about its test images in every way, with all eyes on it. */
  curious(): Promise<Journey>
  /** What the eye of a check saw on those two. */
  found(check: string): Finding
  /** A learner that has met nothing yet, and its backbone. */
  learner(seed?: number): Promise<{ learner: Learner; backbone: Backbone; counted(): number }>
  /** Lets go of the learners that were given. */
  close(): void
}

export function subject(
  method: Method,
  { level, options, checks }: { level: Level; options: Subject['options']; checks: readonly Check[] },
): Subject {
  const eyes = new Map<string, Eye>()
  const watches = { base: watchOf(eyes), curious: watchOf(eyes, { isCurious: true }) }
  let [base, again, curious]: Promise<Journey>[] = []
  const given: Learner[] = []
  const self: Subject = {
    method,
    level,
    options,
    journey: (route) => journey(method, { level, ...route, options: { ...options, ...route?.options } }),
    base: () => (base ??= self.journey({ watch: watches.base })),
    again: () => (again ??= self.journey()),
    curious: () => (curious ??= self.journey({ watch: watches.curious })),
    found: (check) => watches.base.found.get(check) ?? watches.curious.found.get(check),
    async learner(seed = 1) {
      let operations = 0
      const count = (more: number) => {
        operations += more
      }
      const backbone = (await groundOf(method, level, seed))({ count, trains: () => {} })
      const learner = await method.start({
        backbone,
        options: { ...method.options, ...options },
        random: (purpose) => chance(seed, 'method', purpose) as never,
        scenario: 'class-incremental',
        count,
      })
      given.push(learner)
      return { learner, backbone, counted: () => operations }
    },
    close() {
      for (const learner of given) learner.close?.()
    },
  }
  for (const check of checks) if (check.eye) eyes.set(check.name, check.eye(self))
  return self
}
