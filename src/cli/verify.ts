import { Command, InvalidArgumentError, Option } from 'commander'
import type { Level, Verdict } from '../conformance/index.ts'
import type { OptionValue } from '../method/index.ts'
import { printRemark, printResult } from './print.ts'

const grounds: Readonly<Record<Level, string>> = {
  embeddings: 'A head on embeddings',
  vit: 'A whole network: a small Vision Transformer on pictures',
  cnn: 'A whole network: a small CNN with BatchNormalization on pictures',
}
const marks = { holds: '✓', broken: '✗', silent: '–' } as const

export function verifyCommand(): Command {
  return new Command('verify')
    .description('hold a method against what every method must keep to, on streams of a few seconds')
    .argument('<method>', 'a method of the shelf, or a .ts, .js or .py file, or a program')
    .option('--name <name>', 'which method of the file, if it has several')
    .addOption(
      new Option('--set <option=value>', 'an option of the method; may be repeated')
        .default({} as Record<string, string>, 'none')
        .argParser(setting),
    )
    .addOption(
      new Option('--on <level>', 'one ground instead of all that it can do with').choices(
        Object.keys(grounds),
      ),
    )
    .option('--only <checks>', 'only these checks, separated by commas')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action(async (method, { name, set, on, only, format }) => {
      const [{ verifyMethod }, { parse }] = await Promise.all([import('../harness/index.ts'), import('yaml')])
      const options = Object.entries(set).map(([option, text]) => [
        option,
        parse(text as string) as OptionValue,
      ])
      const isText = format !== 'json'
      let level: Level | undefined
      const verdicts = await verifyMethod({
        method,
        ...(name && { name }),
        options: Object.fromEntries(options),
        ...(on && { levels: [on as Level] }),
        ...(only && { only: only.split(',') }),
        onVerdict(verdict) {
          if (!isText) return
          if (verdict.level !== level) printResult(`${level ? '\n' : ''}${grounds[verdict.level]}`)
          level = verdict.level
          printResult(line(verdict))
        },
      })
      if (!isText) printResult(JSON.stringify(verdicts, null, 2))
      const count = (outcome: Verdict['outcome']) => verdicts.filter((of) => of.outcome === outcome).length
      printRemark(
        `${method}: ${count('holds')} hold, ${count('broken')} broken, ${count('silent')} say nothing of it`,
      )
      if (count('broken') > 0) process.exitCode = 1
    })
}

function line({ check, outcome, promise, reason }: Verdict): string {
  const text = `${marks[outcome]} ${check.padEnd(26)}  ${promise}`
  return reason === undefined ? text : `${text}\n  ${' '.repeat(26)}  ${reason}`
}

/** `lambda=0.5`; the value is read later, as in a suite file. */
function setting(text: string, earlier: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('Write option=value, for example epochs=2.')
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) }
}
