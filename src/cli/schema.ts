import { Command } from 'commander'
import { printResult } from './print.ts'

export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of suite files, for editors to complete from')
    .action(async () => {
      const [{ suiteSchema }, { suiteShelves }] = await Promise.all([
        import('../suite/index.ts'),
        import('../harness/index.ts'),
      ])
      printResult(JSON.stringify(suiteSchema(await suiteShelves()), null, 2))
    })
}
