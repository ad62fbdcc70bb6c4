import { Command, Option } from 'commander'
import { printRemark, printResult, tableStyle } from './print.ts'

export function reportCommand(): Command {
  return new Command('report')
    .description('draw tables and figures again, from records alone')
    .argument('<folder...>', 'a results folder of one suite, or folders of single runs')
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['terminal', 'md', 'csv', 'latex', 'json'])
        .default('terminal'),
    )
    .option('--metrics <ids>', 'metric ids, separated by commas (see: streambed list metrics)')
    .option('--write', 'also write every table and figure into the folder', false)
    .action(async (folders, options) => {
      const { reportFolders } = await import('../harness/index.ts')
      const { text, files, incomplete, remarks } = await reportFolders({
        folders,
        format: options.format as 'terminal',
        metrics: options.metrics?.split(','),
        write: options.write,
        ...tableStyle(),
      })
      for (const remark of remarks) printRemark(remark)
      printResult(text)
      for (const file of files) printRemark(`  ${file}`)
      if (incomplete) process.exitCode = 1
    })
}
