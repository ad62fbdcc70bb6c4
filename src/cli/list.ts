import { Argument, Command, Option } from 'commander'
import { printResult } from './print.ts'

const shelves = ['streams', 'methods', 'backbones', 'metrics', 'suites', 'datasets', 'preprocessing'] as const

export function listCommand(): Command {
  return new Command('list')
    .description('what is on a shelf, one line each')
    .addArgument(new Argument('<shelf>', 'which shelf').choices(shelves))
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action(async (shelf, options) => {
      const { listShelf } = await import('../harness/index.ts')
      const items = await listShelf(shelf as (typeof shelves)[number])
      if (options.format === 'json') {
        printResult(JSON.stringify(items, null, 2))
        return
      }
      const width = Math.max(...items.map((item) => item.name.length))
      printResult(items.map((item) => `${item.name.padEnd(width)}  ${item.summary}`).join('\n'))
    })
}
