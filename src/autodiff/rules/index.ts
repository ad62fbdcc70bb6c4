import type { Rule } from '../rule.ts'

/** The shelf: one operator a file. */
const shelf: readonly Rule[] = []

/** Every rule by `domain:op`; the standard domain is ''. */
export const rules: ReadonlyMap<string, Rule> = new Map(
  shelf.map((rule) => [`${rule.domain}:${rule.op}`, rule]),
)

/** The gradient of an operator; `undefined` for one without. */
export function ruleFor(domain: string, op: string): Rule | undefined {
  return rules.get(`${domain}:${op}`)
}
