import type { Learner, Method, Needs, OptionValue, Start } from 'streambed'

/** A method that breaks one promise, and the check that is there for it. */
export interface Broken {
  readonly check: string
  readonly method: Method
}

/** A sound method with one thing changed. */
export function broken<Options extends Record<string, OptionValue>>(
  check: string,
  name: string,
  sound: Method<Options>,
  change: {
    needs?: Partial<Needs>
    options?: Record<string, OptionValue>
    context?: (context: Start<Options>) => Start<Options>
    /** What it does instead. */
    learner?: (sound: Learner, context: Start<Options>) => Partial<Learner>
  },
): Broken {
  const { needs, options, context: changed = (context) => context, learner = () => ({}) } = change
  const method = {
    ...sound,
    name,
    needs: { ...sound.needs, ...needs },
    options: { ...sound.options, ...options },
    async start(context: Start<Options>) {
      const given = changed(context)
      const inner = await sound.start(given)
      return { ...inner, ...learner(inner, given) }
    },
  }
  return { check, method: method as unknown as Method }
}
