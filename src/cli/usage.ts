import type { CommanderError } from 'commander'
import { StreambedError } from '../error.ts'

/** A mistake on the command line, told like every other: with its code, and how to mend it. */
export function usageError({ code, message }: CommanderError): StreambedError {
  const [first, ...suggestions] = message.replace(/^error: /, '').split('\n')
  const what = first.charAt(0).toUpperCase() + first.slice(1)
  const suggestion = suggestions.join(' ').replace(/^\((.*)\)$/, '$1')
  return new StreambedError(kebab(code.replace(/^commander\./, '')), {
    what: /[.?]$/.test(what) ? what : `${what}.`,
    mend: [suggestion, 'Add --help to see what can be given.'].filter(Boolean).join(' '),
  })
}

/** `unknownOption` → `unknown-option` */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
