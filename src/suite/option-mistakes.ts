import { nearest, StreambedError } from '../error.ts'
import type { OptionValue } from '../method/index.ts'
import { type Mistake, type Path, shown } from './mistake.ts'
import { underscored } from './shape-mistakes.ts'

type Defaults = Readonly<Record<string, OptionValue>>

/** What is wrong with the options given to a method of the shelf. A method of the user's is checked when loaded. */
export function optionMistakes(
  name: unknown,
  options: unknown,
  path: Path,
  methods: Readonly<Record<string, Defaults>>,
): Mistake[] {
  if (typeof name !== 'string' || !Object.hasOwn(methods, name)) return []
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return []
  return Object.entries(options).flatMap(([option, value]) => {
    const defaults = methods[name]
    if (!Object.hasOwn(defaults, option)) return [unknownOption(name, option, [...path, option], methods)]
    return wrongKind(name, option, value, [...path, option], defaults)
  })
}

/**
 * Holds the options given to a loaded method against its own: for methods that are files of the user's.
 *
 * @throws unknown-option, wrong-option; the first that is found
 */
export function checkOptions(
  method: { name: string; options: Defaults },
  options: Readonly<Record<string, unknown>>,
  where: string,
): void {
  const [mistake] = optionMistakes(method.name, options, ['options'], { [method.name]: method.options })
  if (mistake) throw new StreambedError(mistake.code, { what: mistake.what, mend: mistake.mend, where })
}

function unknownOption(
  name: string,
  option: string,
  path: Path,
  methods: Readonly<Record<string, Defaults>>,
): Mistake {
  const known = Object.keys(methods[name])
  const close = nearest(option, known)
  const others = Object.keys(methods).filter((other) => Object.hasOwn(methods[other], option))
  const hint = close
    ? ` Did you mean ${close}?`
    : others.length > 0
      ? ` It is one of ${others.join(' and ')}.`
      : ''
  return {
    code: 'unknown-option',
    what: `${name} has no option “${option}”.${hint}`,
    mend:
      known.length === 0
        ? `${name} has no options: leave it out.`
        : `Its options and their defaults are ${known.map((key) => `${key}: ${methods[name][key]}`).join(', ')}.`,
    path,
    atKey: true,
  }
}

const kinds = { number: 'a number', string: 'a text', boolean: 'true or false' }

function wrongKind(name: string, option: string, value: unknown, path: Path, defaults: Defaults): Mistake[] {
  const kind = typeof defaults[option] as keyof typeof kinds
  // Lists, mappings, empty values and infinities are no option of any method; the suite's shape says so already.
  if (value === null || typeof value === 'object') return []
  if (typeof value === 'number' && !Number.isFinite(value)) return []
  if (typeof value === kind) return []
  return [
    {
      code: 'wrong-option',
      what: `${name}: ${option} is ${shown(value)}.${underscored(value)}`,
      mend: `It takes ${kinds[kind]}, for example its default ${defaults[option]}.`,
      path,
    },
  ]
}
