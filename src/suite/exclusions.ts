import { either, nearest } from '../error.ts'
import { entries } from './entries.ts'
import { type Mistake, pathText } from './mistake.ts'
import { backboneNames } from './plan.ts'

const lists = { stream: 'streams', backbone: 'backbones', method: 'methods' } as const
const kinds = ['stream', 'backbone', 'method'] as const

/** What a rule of `exclude` may call the streams, backbones and methods of a suite. */
export type Names = Record<(typeof kinds)[number], readonly string[]>

export function namesIn(value: Record<string, unknown>): Names {
  const of = (kind: keyof Names) => [
    ...new Set(entries(value, lists[kind]).flatMap(({ entry }) => namesOf(entry))),
  ]
  return { stream: of('stream'), backbone: of('backbone'), method: of('method') }
}

/**
 * An exclusion that names nothing of this suite would silently exclude nothing. One that names what the file has
 * (`written`) and a setting took away is spent, and no mistake.
 */
export function exclusionMistakes(value: Record<string, unknown>, written: Names): Mistake[] {
  const here = namesIn(value)
  return entries(value, 'exclude').flatMap(({ entry, path }) => {
    const named = kinds.filter((kind) => typeof entry[kind] === 'string')
    if (named.length === 0) {
      return [
        {
          code: 'suite-missing-key',
          what: `${pathText(path)} names nothing to leave out.`,
          mend: 'Give it a stream, a backbone or a method.',
          path,
        },
      ]
    }
    return named.flatMap((kind) => {
      const [name, names] = [entry[kind] as string, here[kind]]
      if (names.includes(name) || written[kind].includes(name)) return []
      const close = nearest(name, names)
      return [
        {
          code: 'suite-excludes-nothing',
          what: `This suite has no ${kind} called “${name}”.${close ? ` Did you mean ${close}?` : ''}`,
          mend: names.length > 0 ? `Name ${either(names)}.` : `Add a ${kind} first.`,
          path: [...path, kind],
        },
      ]
    })
  })
}

/** An entry's label or name; and a backbone at another size by that name too. */
function namesOf({ label, name, size }: Record<string, unknown>): string[] {
  const names =
    typeof name === 'string' && typeof size === 'number'
      ? [label, ...backboneNames({ name, size })]
      : [label, name]
  return names.filter((text) => typeof text === 'string')
}
