import { basename, extname } from 'node:path'
import type { OptionValue } from '../method/index.ts'
import type { Mistake } from './mistake.ts'
import type { MethodChoice } from './plan.ts'
import { isPath } from './shelves.ts'

type Options = Readonly<Record<string, OptionValue>>
type Choice = {
  name: string
  label?: string
  preset?: string
  /** All of them. */
  options: Options
  /** Those that the suite spells out itself. */
  written?: Options
}

/**
 * The row labels of methods: as given; else the name; and where one name stands several times without a label, the
 * name with the options that set it apart, as in `er.head (exemplars 2000)`. A preset stands for the options it sets.
 */
export function labelsOf(choices: readonly Choice[]): string[] {
  return choices.map((choice) => {
    if (choice.label !== undefined) return choice.label
    const name = shortName(choice.name)
    const namesakes = choices.filter((other) => other.name === choice.name)
    const { preset, options, written = {} } = choice
    const shown = preset === undefined ? options : written
    const apart = Object.entries(shown).filter(([option, value]) =>
      namesakes.some((other) => other.options[option] !== value),
    )
    if (preset !== undefined && namesakes.length > 1) apart.unshift(['preset', preset])
    return apart.length === 0
      ? name
      : `${name} (${apart.map(([option, value]) => `${option} ${value}`).join(', ')})`
  })
}

/** What a method is called where nothing else is said: its name, or that of its file. */
export function shortName(name: string): string {
  return isPath(name) ? basename(name, extname(name)) : name
}

/** Two rows of one label could not be told apart. */
export function labelMistakes(choices: readonly MethodChoice[]): Mistake[] {
  return choices.flatMap(({ label }, i) => {
    const first = choices.findIndex((other) => other.label === label)
    if (first === i) return []
    return [
      {
        code: 'suite-duplicate',
        what: `The method “${label}” stands twice, as methods[${first}] and methods[${i}].`,
        mend: 'Give one of them other options, or a label of its own.',
        path: ['methods', i],
      },
    ]
  })
}
