import type { Path } from './mistake.ts'

/** One entry of a list of a suite, and where it and its name stand. */
export interface Entry {
  entry: Record<string, unknown>
  path: Path
  namePath: Path
}

/** Entries of a list, `- nmc` read as `- name: nmc`. */
export function entries(value: Record<string, unknown>, key: string): Entry[] {
  return list(value[key]).flatMap((entry, i) => {
    const path = [key, i]
    if (typeof entry === 'string') return [{ entry: { name: entry }, path, namePath: path }]
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return []
    return [{ entry: entry as Record<string, unknown>, path, namePath: [...path, 'name'] }]
  })
}

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const texts = (value: unknown): string[] => list(value).filter((item) => typeof item === 'string')
