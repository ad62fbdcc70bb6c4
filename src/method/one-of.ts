import { either, nearest, StreambedError } from '../error.ts'

/**
 * The choice that an option names. `oneOf('er.head › buffer', 'reservoir', { reservoir, … })`.
 *
 * @throws option-not-known, with the choices and the nearest right word.
 */
export function oneOf<Choice>(
  option: string,
  value: string,
  choices: Readonly<Record<string, Choice>>,
): Choice {
  if (Object.hasOwn(choices, value)) return choices[value]
  const near = nearest(value, Object.keys(choices))
  throw new StreambedError('option-not-known', {
    what: `${option} can't be ${JSON.stringify(value)}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    where: option,
    mend: `Choose ${either(Object.keys(choices))}.`,
  })
}
