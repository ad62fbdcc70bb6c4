import type { Entry, Group } from './layout.ts'

/** Names of what a step is fed, besides weights and pictures, which bear their own; `trainingStep` says how. */
export const inputName = {
  fed: (name: string) => `fed.${name}`,
  share: 'share',
  present: 'present',
  columns: 'columns',
  sum: (weight: string) => `${weight}.sum`,
  gradient: (weight: string) => `${weight}.gradient`,
  kept: (what: string, weight: string) => `${weight}.${what}`,
  anchor: (weight: string) => `${weight}.anchor`,
  importance: (weight: string) => `${weight}.importance`,
  strength: 'strength',
  number: (what: string, entry: Entry, groups: readonly Group[]) => `${what}.${sharing(entry, groups)}`,
}

/** Numbers are fed once a group, and to a weight that grows with the classes one a class. */
export function sharing({ grows, ref, group }: Entry, groups: readonly Group[]): string {
  return grows ? ref.name : groups[group].name
}
