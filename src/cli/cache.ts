import { Command } from 'commander'
import { StreambedError } from '../error.ts'
import { numberFrom } from './number.ts'
import { cacheOption } from './places.ts'
import { printRemark, printResult } from './print.ts'

export function cacheCommand(): Command {
  const command = new Command('cache').description(
    'embeddings kept on this machine: what they are, and their disk',
  )
  command
    .command('ls')
    .description('what is kept, the most recently used first')
    .addOption(cacheOption())
    .action(async (options) => {
      const { listCache } = await import('../embeddings/index.ts')
      const entries = listCache(options.cache)
      if (entries.length === 0) printRemark(`Nothing is kept in ${options.cache}.`)
      for (const { key, title, state, images, total, bytes, lastUsed } of entries) {
        const counted =
          state === 'complete'
            ? `${total?.toLocaleString('en-US')} images`
            : `${images ?? '–'} of ${total ?? '–'} images`
        printResult(
          `${key}  ${megabytes(bytes).padStart(10)}  ${lastUsed.toISOString().slice(0, 10)}  ${title ?? state}, ${counted}`,
        )
      }
      const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
      if (entries.length > 1) printRemark(`${megabytes(bytes)} in ${entries.length} entries`)
    })
  command
    .command('prune')
    .description('free disk: entries unused for a while, one entry, or all')
    .addOption(cacheOption())
    .option('--older-than <days>', 'not used for this many days', numberFrom(0, { whole: false }))
    .option('--key <key>', 'one entry, as `cache ls` names it')
    .option('--all', 'everything', false)
    .action(async (options) => {
      if (!options.all && options.key === undefined && options.olderThan === undefined) {
        throw new StreambedError('prune-needs-choice', {
          what: 'Nothing says which entries to free.',
          mend: 'Add --older-than DAYS, --key KEY (as `streambed cache ls` prints it) or --all.',
        })
      }
      const { pruneCache } = await import('../embeddings/index.ts')
      const { removed, freedBytes, busy } = await pruneCache(options.cache, {
        all: options.all,
        key: options.key,
        olderThanDays: options.olderThan,
      })
      for (const key of busy) printRemark(`${key} is being computed right now and stays`)
      printResult(`freed ${megabytes(freedBytes)} in ${removed.length} entries`)
    })
  command
    .command('verify')
    .description('read every byte and compare checksums; what is damaged is computed again when next needed')
    .addOption(cacheOption())
    .action(async (options) => {
      const { verifyCache } = await import('../embeddings/index.ts')
      for (const { key, damagedImages } of await verifyCache(options.cache)) {
        printResult(`${key}  ${damagedImages === 0 ? 'whole' : `${damagedImages} images damaged`}`)
      }
    })
  return command
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`
}
