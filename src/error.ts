/**
 * A mistake that a person can mend: what happened, where, and how to mend it, under a permanent code.
 *
 * The code never changes, so it can be searched for; scripts may match it. Printed without a stack.
 * `exit` is the exit code of a command that ends with it: 2 for wrong usage or bad input (the default),
 * 1 for a run that failed, 130 for an interruption.
 */
export class StreambedError extends Error {
  readonly code: string
  readonly what: string
  readonly where: string | undefined
  readonly mend: string
  readonly exit: 1 | 2 | 130

  constructor(
    code: string,
    text: { what: string; where?: string; mend: string; cause?: unknown; exit?: 1 | 2 | 130 },
  ) {
    super(text.what, text.cause === undefined ? undefined : { cause: text.cause })
    this.name = 'StreambedError'
    this.code = code
    this.what = text.what
    this.where = text.where
    this.mend = text.mend
    this.exit = text.exit ?? 2
  }

  /** The error as plain data, to cross a process boundary or to be stored. */
  toJSON(): ErrorText {
    return { code: this.code, what: this.what, where: this.where, mend: this.mend, exit: this.exit }
  }

  static from(text: ErrorText): StreambedError {
    return new StreambedError(text.code, text)
  }
}

export type ErrorText = { code: string; what: string; where?: string; mend: string; exit?: 1 | 2 | 130 }

/** `a, b or c`: the values that would have been taken, for the `mend` of an error. */
export function either(values: readonly (string | number)[]): string {
  if (values.length <= 1) return values.join('')
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

/** The known word nearest to a mistyped one (Levenshtein distance at most a third of its length, or 2), if any. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    previous = row
  }
  return previous[b.length]
}
