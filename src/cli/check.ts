import { Command } from 'commander'
import type { Device } from '../runtime/index.ts'
import { cacheOption, dataOption, deviceOption, setOption, unofficialOption, withOption } from './places.ts'
import { printResult } from './print.ts'

export function checkCommand(): Command {
  return new Command('check')
    .description('check a suite, its data and its backbones, and estimate its cost; runs nothing')
    .argument('<suite>', 'a suite file (YAML)')
    .addOption(dataOption())
    .addOption(cacheOption())
    .addOption(unofficialOption())
    .option('--results <folder>', 'where records, tables and figures would go', 'results')
    .addOption(deviceOption())
    .addOption(setOption())
    .addOption(withOption())
    .option('--only <methods>', 'only these methods, separated by commas')
    .action(async (suite, options) => {
      const { check } = await import('../harness/index.ts')
      printResult(
        await check({
          suite,
          data: options.data,
          cache: options.cache,
          results: options.results,
          allowUnofficial: options.allowUnofficial,
          set: options.set,
          with: options.with,
          only: options.only?.split(',') ?? [],
          ...(options.device && { device: options.device as Device }),
        }),
      )
    })
}
