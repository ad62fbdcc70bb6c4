#!/usr/bin/env node
import { Command } from 'commander'
import { packageVersion } from '../files/index.ts'
import { backboneCommand } from './backbone.ts'
import { cacheCommand } from './cache.ts'
import { checkCommand } from './check.ts'
import { dataCommand } from './data.ts'
import { listCommand } from './list.ts'
import { exitCodeOf, printError } from './print.ts'
import { reportCommand } from './report.ts'
import { runCommand } from './run.ts'
import { schemaCommand } from './schema.ts'

// A reader that has seen enough (`| head`) closes the pipe; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const program = new Command('streambed')
  .description('Continual learning, measured: what a method learns, what it forgets, and what that costs.')
  .version(packageVersion())
  .showHelpAfterError('(add --help for what can be given)')
  .showSuggestionAfterError()
  .exitOverride()

for (const command of [
  runCommand(),
  reportCommand(),
  checkCommand(),
  listCommand(),
  dataCommand(),
  backboneCommand(),
  cacheCommand(),
  schemaCommand(),
]) {
  program.addCommand(command.copyInheritedSettings(program))
}

try {
  await program.parseAsync()
} catch (error) {
  printError(error)
  process.exitCode = exitCodeOf(error)
}
