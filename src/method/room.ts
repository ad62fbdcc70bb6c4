import { StreambedError } from '../error.ts'

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
