import { Command } from 'commander'
import type { Device } from '../runtime/index.ts'
import { numberFrom } from './number.ts'
import { cacheOption, dataOption, deviceOption, setOption, unofficialOption, withOption } from './places.ts'
import { errorText, printRemark, printResult, tableStyle } from './print.ts'

export function runCommand(): Command {
  return new Command('run')
    .description('do every run of a suite that is not done yet, then print its table')
    .argument('<suite>', 'a suite file (YAML)')
    .addOption(dataOption())
    .addOption(cacheOption())
    .addOption(unofficialOption())
    .option('--results <folder>', 'where records, tables and figures go', 'results')
    .addOption(deviceOption())
    .addOption(setOption())
    .addOption(withOption())
    .option('--only <methods>', 'only these methods, separated by commas')
    .option('--force', 'do runs again that are done already', false)
    .option('--jobs <number>', 'runs at a time', numberFrom(1, { whole: true }), 1)
    .option('--plain', 'plain lines instead of the live view', false)
    .action(async (suite, options) => {
      const [{ run }, { openView }] = await Promise.all([
        import('../harness/index.ts'),
        import('../tui/index.ts'),
      ])
      const stopping = new AbortController()
      const view = await openView({ plain: options.plain })
      const stop = (signal: string) => {
        if (stopping.signal.aborted) process.exit(130)
        view.remark(`${signal}: saving what is done. Once more to leave at once.`)
        stopping.abort()
      }
      process.on('SIGINT', () => stop('Interrupted'))
      process.on('SIGTERM', () => stop('Asked to end'))
      process.on('SIGUSR1', () => stop('Asked to end'))
      view.onInterrupt(() => stop('Interrupted'))
      let result: Awaited<ReturnType<typeof run>>
      try {
        result = await run({
          suite,
          data: options.data,
          cache: options.cache,
          results: options.results,
          allowUnofficial: options.allowUnofficial,
          set: options.set,
          with: options.with,
          only: options.only?.split(',') ?? [],
          ...(options.device && { device: options.device as Device }),
          force: options.force,
          jobs: options.jobs,
          signal: stopping.signal,
          ...tableStyle(),
          onEvent: (event) => view.event(event),
        })
      } finally {
        view.close()
      }
      for (const { run, error } of result.failures) printRemark(`${errorText(error)}\n  run    ${run}`)
      if (result.text) printResult(result.text)
      for (const file of result.files) printRemark(`  ${file}`)
      if (result.outcome === 'interrupted') {
        printRemark(`Stopped after ${result.done} of ${result.total} runs; all that was done is saved.`)
        const again = options.force ? 'the same command without --force' : 'the same command'
        printRemark(`Go on with ${again}: streambed run ${suite}`)
      }
      process.exitCode = { finished: 0, failed: 1, interrupted: 130 }[result.outcome]
    })
}
