import type { Document } from 'yaml'

/**
 * The plain values of a YAML document, or why there are none. Anchors and aliases are welcome, unless they explode,
 * lead nowhere or bite their own tail.
 */
export function plainValue(
  document: Document,
): { value: unknown } | { problem: string; isBomb: boolean; cause: unknown } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 50 })
    JSON.stringify(value) // throws where a value holds itself
    return { value }
  } catch (cause) {
    const [problem] = (cause as Error).message.split('\n')
    return { problem, isBomb: problem.startsWith('Excessive alias count'), cause }
  }
}
