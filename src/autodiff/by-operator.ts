import type { Rule } from './rule.ts'

/**
 * Rules by `domain:op`; the standard domain is ''.
 *
 * @throws RangeError for two rules of one operator, of which one would silently take the other's place
 */
export function byOperator(rules: readonly Rule[]): ReadonlyMap<string, Rule> {
  const found = new Map<string, Rule>()
  for (const rule of rules) {
    const key = `${rule.domain}:${rule.op}`
    if (found.has(key)) throw new RangeError(`two gradient rules are declared for ${key}, and one is enough`)
    found.set(key, rule)
  }
  return found
}
