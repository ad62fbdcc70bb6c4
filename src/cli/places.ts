import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Option } from 'commander'

/** `--data DIR`: where datasets and backbones are looked for. */
export function dataOption(): Option {
  return new Option('--data <folder>', 'where your datasets and backbones are')
    .env('STREAMBED_DATA')
    .default(resolve('data'), './data')
}

/** `--cache DIR`: where embeddings and indexes are kept. */
export function cacheOption(): Option {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return new Option('--cache <folder>', 'where embeddings and indexes are kept')
    .env('STREAMBED_CACHE')
    .default(join(base, 'streambed'), '~/.cache/streambed')
}

export function unofficialOption(): Option {
  return new Option('--allow-unofficial', 'use data files that do not have the published checksum').default(
    false,
  )
}

/**
 * `--device NAME`: where backbones are computed. Without it the suite's `budget.device`, or the CPU. What names there are
 * is the runtime's to say, which is not loaded for `--help`.
 */
export function deviceOption(): Option {
  return new Option(
    '--device <device>',
    'where backbones are computed: cpu, webgpu, cuda, directml or coreml; `cpu` unless a suite says otherwise',
  )
}

/** `--set key=value`, as often as needed. */
export function setOption(): Option {
  return new Option(
    '--set <key=value>',
    'change a setting of the suite, for example seeds=[0,1]; may be repeated',
  )
    .default([] as string[], 'none')
    .argParser((text, earlier: string[]) => [...earlier, text])
}

/** `--with METHOD`, as often as needed. */
export function withOption(): Option {
  return new Option(
    '--with <method>',
    'put a method beside those of the suite: your .ts, .js or .py file, or one of the shelf; may be repeated',
  )
    .default([] as string[], 'none')
    .argParser((text, earlier: string[]) => [...earlier, text])
}
