import { Command } from 'commander'
import { StreambedError } from '../error.ts'
import { cacheOption, dataOption, unofficialOption } from './places.ts'
import { printRemark, printResult } from './print.ts'

export function dataCommand(): Command {
  const command = new Command('data').description('fetch, verify and list datasets')
  command
    .command('get')
    .description('download a dataset from its publisher; a call that was cut off goes on')
    .argument('<dataset>', 'for example cifar-100')
    .addOption(dataOption())
    .option('--from <url>', 'another address of the same archive; the published checksum still decides')
    .action(async (name, options) => {
      const { getData } = await import('../harness/index.ts')
      const stopping = new AbortController()
      process.once('SIGINT', () => stopping.abort())
      let told = 0
      try {
        const path = await getData({
          dataset: name,
          data: options.data,
          from: options.from,
          signal: stopping.signal,
          onProgress({ done, total }) {
            const every = process.stderr.isTTY ? 200 : 5000
            if (Date.now() - told < every && done !== total) return
            told = Date.now()
            const share = total ? ` ${Math.floor((100 * done) / total)} %` : ''
            const line = `${name}: ${(done / 1e6).toFixed(1)} MB${share}`
            process.stderr.write(process.stderr.isTTY ? `\r${line}` : `${line}\n`)
          },
        })
        printResult(path)
      } catch (error) {
        if (!stopping.signal.aborted) throw error
        throw new StreambedError('interrupted', {
          what: `The download of ${name} was stopped; what had come is kept.`,
          where: options.data,
          mend: 'Give the same command again: it goes on from there.',
          exit: 130,
        })
      } finally {
        if (process.stderr.isTTY) process.stderr.write('\n')
      }
    })
  command
    .command('verify')
    .description('read a dataset whole and say whether it is the published one')
    .argument('<dataset>', 'for example cifar-100')
    .addOption(dataOption())
    .addOption(cacheOption())
    .option('--path <path>', 'your folder for image-folder, your CSV file for image-manifest')
    .addOption(unofficialOption().hideHelp())
    .action(async (name, options) => {
      const { openDataset } = await import('../datasets/index.ts')
      const dataset = await openDataset(name, {
        data: options.data,
        cache: options.cache,
        allowUnofficial: options.allowUnofficial,
        path: options.path,
      })
      printResult(describe(dataset))
    })
  command
    .command('ls')
    .description('which datasets are there')
    .addOption(dataOption())
    .addOption(cacheOption())
    .action(async (options) => {
      const { datasets, openDataset } = await import('../datasets/index.ts')
      for (const { name, summary, takesPath } of datasets) {
        if (takesPath !== undefined) continue
        try {
          const dataset = await openDataset(name, {
            data: options.data,
            cache: options.cache,
            allowUnofficial: true,
          })
          printResult(describe(dataset))
        } catch (error) {
          if (!(error instanceof StreambedError)) throw error
          printResult(`${name}: not there (${error.code})  ${summary}`)
        }
      }
      printRemark(`Looked in ${options.data}.`)
    })
  return command
}

function describe(dataset: import('../datasets/index.ts').Dataset): string {
  const { train, test } = dataset.splits
  const size = `${train.size.toLocaleString('en-US')} train, ${test.size.toLocaleString('en-US')} test, ${dataset.classes.length} classes`
  const status = {
    official: 'published checksum',
    'same-images': 'the published images, in other files',
    unverified: 'unverified',
  }[dataset.status]
  return [
    `${dataset.name}: ${size}; ${status}; id ${dataset.id}`,
    ...dataset.notes.map((note) => `  ${note}`),
  ].join('\n')
}
