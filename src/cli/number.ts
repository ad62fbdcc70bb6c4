import { InvalidArgumentError } from 'commander'

/** Reads the value of a flag that takes a number from `least` up, `whole` or not. */
export function numberFrom(least: number, { whole }: { whole: boolean }): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (
      text.trim() === '' ||
      !(value >= least) ||
      value === Infinity ||
      (whole && !Number.isInteger(value))
    ) {
      throw new InvalidArgumentError(`It takes a ${whole ? 'whole ' : ''}number from ${least} up.`)
    }
    return value
  }
}
