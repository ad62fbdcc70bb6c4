import { StreambedError } from '../error.ts'

/** Refuses an option that counts something and is not a whole number from `from` on. @throws the code given */
export function checkWhole(
  option: string,
  value: number,
  { code, from }: { code: string; from: number },
): void {
  if (Number.isInteger(value) && value >= from) return
  throw new StreambedError(code, {
    what: `${option} can't be ${value}.`,
    where: option,
    mend: `Give a whole number, ${from} or more.`,
  })
}

/**
 * Refuses at once what would run out of memory in an hour.
 *
 * @param bytes what the work will hold at its height
 * @param available bytes that this process may still take; unless said, what the system tells now
 * @throws not-enough-memory
 */
export function checkRoom(
  bytes: number,
  { what, mend }: { what: string; mend: string },
  available = process.availableMemory(),
): void {
  if (bytes <= available) return
  throw new StreambedError('not-enough-memory', {
    what: `${what} needs ${gigabytes(bytes)} of memory at its height, and ${gigabytes(available)} are free.`,
    where: 'before the first image',
    mend,
    exit: 1,
  })
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
