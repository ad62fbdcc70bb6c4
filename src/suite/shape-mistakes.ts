import type { z } from 'zod'
import { nearest } from '../error.ts'
import { type Mistake, type Path, pathText, shown } from './mistake.ts'
import { suiteFile } from './schema.ts'

/** What is wrong with the shape of a suite: unknown and missing keys, and values of another kind. */
export function shapeMistakes(value: unknown): Mistake[] {
  const result = suiteFile.safeParse(value)
  return result.success ? [] : result.error.issues.flatMap((issue) => ofIssue(issue, value, []))
}

type Issue = z.core.$ZodIssue

function ofIssue(issue: Issue, root: unknown, above: Path): Mistake[] {
  const path = [...above, ...(issue.path as Path)]
  if (issue.code === 'invalid_union') {
    // An entry may be a name or a mapping: the branch that was meant is the one of the value's own kind.
    const meant = issue.errors.find((branch) =>
      branch.some((inner) => inner.path.length > 0 || isKeyIssue(inner)),
    )
    if (meant) return meant.flatMap((inner) => ofIssue(inner, root, path))
  }
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
  const value = valueAt(root, path)
  const { description } = fieldAt(path)
  const name = pathText(path) || 'The suite'
  if (value === undefined) {
    return [
      {
        code: 'suite-missing-key',
        what: `${pathText(path.slice(0, -1)) || 'The suite'} has no ${path.at(-1)}.`,
        mend: `Write ${path.at(-1)}: ${description ?? 'a value'}.`,
        path: path.slice(0, -1),
      },
    ]
  }
  return [
    {
      code: 'suite-wrong-value',
      what: `${name} is ${shown(value)}.${underscored(value)}`,
      mend: `It takes ${description ?? 'a value of another kind'}.`,
      path,
    },
  ]
}

const isKeyIssue = (issue: Issue) => issue.code === 'unrecognized_keys'

function unknownKey(path: Path, key: string): Mistake {
  const known = fieldAt(path).keys
  const close = nearest(key, known)
  return {
    code: 'suite-unknown-key',
    what: `“${key}” is no setting of ${pathText(path) || 'a suite'}.${close ? ` Did you mean ${close}?` : ''}`,
    mend: `Its settings are ${known.join(', ')}.`,
    path: [...path, key],
    atKey: true,
  }
}

/** YAML reads 1_000 as a text. */
export function underscored(value: unknown): string {
  const plain = typeof value === 'string' ? value.replaceAll('_', '') : ''
  return plain !== value && /^[\d.]+$/.test(plain) ? ` Did you mean ${plain}?` : ''
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    root,
  )
}

/** What the schema says of a place: the nearest description, and the keys of its mapping. */
function fieldAt(path: Path): { description?: string; keys: string[] } {
  let field: z.ZodType = suiteFile
  let description: string | undefined
  const enter = () => {
    description = field.description ?? description
    while (field.def.type === 'optional') field = (field as z.ZodOptional<z.ZodType>).def.innerType
    description = field.description ?? description
  }
  enter()
  for (const step of path) {
    if (field.def.type === 'union') {
      const options = (field as z.ZodUnion<z.ZodType[]>).def.options
      field = options.find(({ def }) => def.type === (typeof step === 'number' ? 'array' : 'object')) ?? field
    }
    if (field.def.type === 'array') field = (field as z.ZodArray<z.ZodType>).def.element
    else if (field.def.type === 'record') field = (field as z.ZodRecord).def.valueType as z.ZodType
    else if (field.def.type === 'object') {
      const inner = (field as z.ZodObject).def.shape[step] as z.ZodType | undefined
      if (inner === undefined) break
      field = inner
    } else break
    enter()
  }
  if (field.def.type === 'union') {
    field = (field as z.ZodUnion<z.ZodType[]>).def.options.find(({ def }) => def.type === 'object') ?? field
  }
  return {
    description,
    keys: field.def.type === 'object' ? Object.keys((field as z.ZodObject).def.shape) : [],
  }
}
