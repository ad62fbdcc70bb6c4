#!/usr/bin/env node
import { Command } from 'commander'
import { packageVersion } from '../files/index.ts'
import { backboneCommand } from './backbone.ts'
import { cacheCommand } from './cache.ts'
import { checkCommand } from './check.ts'
import { dataCommand } from './data.ts'
import { listCommand } from './list.ts'
import { newCommand } from './new.ts'
import { exitCodeOf, printError } from './print.ts'
import { reportCommand } from './report.ts'
import { runCommand } from './run.ts'
import { schemaCommand } from './schema.ts'
import { verifyCommand } from './verify.ts'

// A reader that has seen enough (`| head`) closes the pipe; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
  throw error
})
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const program = new Command('streambed')
  .description('Continual learning, measured: what a method learns, what it forgets, and what that costs.')
  .version(packageVersion())
  .showSuggestionAfterError()
  .configureOutput({ outputError: () => undefined }) // told by printError, with its code
  .exitOverride()

for (const command of [
  runCommand(),
  reportCommand(),
  checkCommand(),
  newCommand(),
  verifyCommand(),
  listCommand(),
  dataCommand(),
  backboneCommand(),
  cacheCommand(),
  schemaCommand(),
]) {
  inherit(command, program)
  program.addCommand(command)
}

try {
  await program.parseAsync()
} catch (error) {
  printError(error)
  process.exitCode = exitCodeOf(error)
}

/** The settings of a command for those under it, at every depth. */
function inherit(command: Command, from: Command): void {
  command.copyInheritedSettings(from)
  for (const below of command.commands) inherit(below, command)
}
