import { CommanderError } from 'commander'
import { StreambedError } from '../error.ts'
import { usageError } from './usage.ts'

/** Writes a result: the one thing that goes to stdout. */
export function printResult(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** How a table looks best where stdout goes: a terminal has a width and colours, a pipe has neither. */
export function tableStyle(): { width: number | undefined; colour: boolean } {
  const { NO_COLOR, TERM } = process.env
  return {
    width: process.stdout.columns || undefined,
    colour: process.stdout.isTTY === true && !NO_COLOR && TERM !== 'dumb',
  }
}

/** Writes a remark to stderr. */
export function printRemark(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** A person's mistake prints what, where and how to mend it; our own prints its stack. */
export function printError(error: unknown): void {
  if (error instanceof CommanderError) {
    const isAnswer = error.exitCode === 0 || error.code === 'commander.help' // help and version are printed already
    if (!isAnswer) printRemark(errorText(usageError(error)))
    return
  }
  if (error instanceof StreambedError) {
    printRemark(errorText(error))
    return
  }
  if (error instanceof AggregateError) {
    for (const one of error.errors) printError(one)
    return
  }
  printRemark(`✗ internal-error: ${(error as Error)?.stack ?? error}`)
  printRemark('  mend   This is our mistake, not yours: please report it with the lines above.')
}

export function errorText(error: { code: string; what: string; where?: string; mend: string }): string {
  const lines = [`✗ ${error.code}: ${error.what}`]
  if (error.where) lines.push(`  where  ${error.where.replaceAll('\n', '\n         ')}`)
  lines.push(`  mend   ${error.mend}`)
  return lines.join('\n')
}

/** 0 done; 1 a run failed or our own mistake; 2 wrong usage or bad input; 130 interrupted. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof StreambedError) return error.exit
  if (error instanceof AggregateError) return Math.max(...error.errors.map(exitCodeOf))
  return 1
}
