import { relative } from 'node:path'
import { Command } from 'commander'
import { printRemark, printResult } from './print.ts'

export function newCommand(): Command {
  const command = new Command('new').description('begin something of your own')
  command
    .command('method')
    .description('write a commented method that works as it is, to be changed')
    .argument('<name>', 'what it is to be called; its file is <name>.ts in this folder')
    .action(async (name) => {
      const { newMethod } = await import('../harness/index.ts')
      const file = `./${relative('.', newMethod({ name }))}`
      printResult(file)
      printRemark(`  streambed verify ${file}`)
      printRemark(`  streambed run suites/default.yaml --with ${file} --results my-results`)
    })
  return command
}
