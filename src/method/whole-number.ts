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
