import { parseDocument } from 'yaml'
import { either, nearest } from '../error.ts'
import { type Mistake, type Path, pathText } from './mistake.ts'
import { plainValue } from './plain-value.ts'

/** One `--set key=value` after it was applied: what it touched. */
export interface Setting {
  flag: string
  path: Path
}

/**
 * Applies `--set key=value` flags to the plain value of a suite file, one after another, and says what they touched.
 *
 * A key is a path with dots: `seeds`, `budget.threads`, `streams.0.tasks`. In a list, a step is a place from 0, or
 * the name or label of an entry; since names may have dots of their own, the longest entry name that fits is
 * taken: with `er` and `er.head` in the list, `methods.er.head.options.exemplars` means `er.head`. Brackets say the
 * same without doubt: `methods[er.head].options.exemplars`, `streams[0].tasks`. A value is read as YAML: `[0, 1, 2]`,
 * `0.01`, `B0-Inc10`. What a path lacks on its way is made; whether it may be there is for the suite's check.
 */
export function applySettings(
  root: Record<string, unknown>,
  flags: readonly string[],
): { settings: Setting[]; mistakes: Mistake[] } {
  const settings: Setting[] = []
  const mistakes: Mistake[] = []
  for (const text of flags) {
    const flag = `--set ${text}`
    const refuse = (what: string, mend: string) =>
      mistakes.push({
        code: 'set-unreadable',
        what,
        mend,
        path: [],
        place: { where: flag, line: 1e9, column: 0 },
      })
    const [, key, written] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (key === undefined) {
      refuse(`“${text}” sets nothing.`, 'Write key=value, for example seeds=[0,1,2].')
      continue
    }
    const document = parseDocument(written, { prettyErrors: false, logLevel: 'error' })
    const error = document.errors[0] ?? document.warnings[0]
    const plain = error ? { problem: error.message } : plainValue(document)
    if ('problem' in plain) {
      refuse(`“${written}” is no YAML value: ${plain.problem}.`, 'Quote texts that have special signs.')
      continue
    }
    const found = pathOf(root, key.trim())
    if ('what' in found) {
      refuse(found.what, found.mend)
      continue
    }
    put(root, found.path, plain.value)
    settings.push({ flag, path: found.path })
  }
  return { settings, mistakes }
}

type Problem = { what: string; mend: string }

function pathOf(root: unknown, key: string): { path: Path } | Problem {
  const path: (string | number)[] = []
  let value: unknown = root
  let rest = key
  while (rest !== '') {
    const bracket = /^\[([^\]]+)\](?=$|[.[])/.exec(rest)
    let step: string | number
    if (Array.isArray(value)) {
      const found = bracket ? exactEntry(value, bracket[1]) : longestEntry(value, rest)
      if ('what' in found) return { what: `${pathText(path)}: ${found.what}`, mend: found.mend }
      step = found.place
      rest = rest.slice(bracket ? bracket[0].length : found.length)
    } else {
      const plain = bracket?.[1] ?? /^[^.[\]]+/.exec(rest)?.[0]
      if (plain === undefined)
        return { what: `“${key}” is no path of keys.`, mend: 'Write it as in streams[0].tasks.' }
      step = plain
      rest = rest.slice(bracket ? bracket[0].length : plain.length)
    }
    path.push(step)
    value = child(value, step)
    if (rest.startsWith('.') && rest.length > 1) rest = rest.slice(1)
    else if (rest !== '' && !rest.startsWith('[')) {
      return { what: `“${key}” is no path of keys.`, mend: 'Write it as in streams[0].tasks.' }
    }
  }
  return { path }
}

type Found = { place: number; length: number } | Problem

/** The entry that a bracket names, by place, label or name. */
function exactEntry(list: readonly unknown[], step: string): Found {
  const places = placesOf(list, step)
  if (places.length === 0 && /^\d+$/.test(step)) return within(list, step)
  return onlyOne(list, step, places)
}

/** The entry whose name is the longest that the rest of a key begins with; else a place. */
function longestEntry(list: readonly unknown[], rest: string): Found {
  const fits = namesOf(list)
    .flat()
    .filter((name) => rest === name || rest.startsWith(`${name}.`) || rest.startsWith(`${name}[`))
    .sort((a, b) => b.length - a.length)
  if (fits.length > 0) return onlyOne(list, fits[0], placesOf(list, fits[0]))
  const [place] = /^\d+(?=$|[.[])/.exec(rest) ?? []
  return place === undefined ? onlyOne(list, rest.split('.')[0], []) : within(list, place)
}

function within(list: readonly unknown[], place: string): Found {
  if (Number(place) <= list.length) return { place: Number(place), length: place.length }
  return {
    what: `there is no entry ${place}.`,
    mend: `Places count from 0; this list has ${list.length}, and ${list.length} would add one.`,
  }
}

function onlyOne(list: readonly unknown[], step: string, places: readonly number[]): Found {
  if (places.length === 1) return { place: places[0], length: step.length }
  if (places.length > 1) {
    return {
      what: `${step} stands ${places.length} times.`,
      mend: `Say which by its label or its place: ${either(places.map((place) => `[${place}]`))}.`,
    }
  }
  const known = [...new Set(namesOf(list).flat())]
  const close = nearest(step, known)
  return {
    what: `there is no entry called ${step}.${close ? ` Did you mean ${close}?` : ''}`,
    mend: known.length > 0 ? `Name ${either(known)}, or a place from 0.` : 'Name a place from 0.',
  }
}

/** Label and name of each entry. */
function namesOf(list: readonly unknown[]): string[][] {
  return list.map((entry) => {
    if (typeof entry === 'string') return [entry]
    const { name, label } = (entry ?? {}) as { name?: unknown; label?: unknown }
    return [label, name].filter((text) => typeof text === 'string')
  })
}

/** Places of the entries so labelled, or else so named. */
function placesOf(list: readonly unknown[], step: string): number[] {
  const names = namesOf(list)
  const labelled = names.flatMap((own, place) => (own.length > 1 && own[0] === step ? [place] : []))
  return labelled.length > 0 ? labelled : names.flatMap((own, place) => (own.at(-1) === step ? [place] : []))
}

function child(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : undefined
}

function put(root: object, path: Path, value: unknown): void {
  let holder: object = root
  for (const step of path.slice(0, -1)) {
    const here = child(holder, step)
    // `- nmc` is short for `- name: nmc`
    const next = typeof here === 'string' && typeof step === 'number' ? { name: here } : here
    const made = typeof next === 'object' && next !== null ? next : {}
    own(holder, step, made)
    holder = made
  }
  own(holder, path.at(-1)!, value)
}

/** Sets a member of its own, even where it is called `__proto__`. */
function own(holder: object, step: string | number, value: unknown): void {
  Object.defineProperty(holder, step, { value, writable: true, enumerable: true, configurable: true })
}
