import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { either, nearest, StreambedError } from '../error.ts'
import { findStream, orderName, parseClassOrder, type TaskSizes } from '../streams/index.ts'
import { entries, list, texts } from './entries.ts'
import { exclusionMistakes, type Names } from './exclusions.ts'
import type { Mistake, Path } from './mistake.ts'
import { pathText } from './mistake.ts'
import { optionMistakes } from './option-mistakes.ts'
import { presetMistakes } from './presets.ts'
import { isPath, type Shelves } from './shelves.ts'

/**
 * What is wrong with the names in a suite: words that are on no shelf, orders and task notations that can't be
 * read, options that a method doesn't have, things that stand twice. Takes any value, and looks at what has the
 * right shape, so that mistakes of both kinds are told together. `written` are the names before any setting: what the
 * file leaves out may stay there when a setting left out more.
 */
export function nameMistakes(
  value: Record<string, unknown>,
  shelves: Shelves,
  file: string,
  written: Names,
): Mistake[] {
  const streams = entries(value, 'streams')
  const backbones = entries(value, 'backbones')
  const methods = entries(value, 'methods')
  const unknown = (noun: string, name: unknown, path: Path, known: readonly string[]): Mistake[] => {
    if (typeof name !== 'string' || known.includes(name)) return []
    if (isPath(name) && noun !== 'stream' && noun !== 'preset') {
      return existsSync(resolve(dirname(file), name)) ? [] : [fileMissing(noun, name, path, file)]
    }
    return [unknownName(noun, name, path, known)]
  }
  return [
    ...streams.flatMap(({ entry, path, namePath }) => [
      ...unknown('stream', entry.name, namePath, shelves.streams),
      ...streamMistakes(entry, path, shelves),
    ]),
    ...backbones.flatMap(({ entry, path, namePath }) => [
      ...unknown('backbone', entry.name, namePath, shelves.backbones),
      ...unknown(
        'preset',
        entry.preprocessing,
        [...path, 'preprocessing'],
        ['passport', ...shelves.preprocessing],
      ),
    ]),
    ...methods.flatMap(({ entry, path, namePath }) => [
      ...unknown('method', entry.name, namePath, Object.keys(shelves.methods)),
      ...presetMistakes(entry.name, entry.preset, [...path, 'preset'], shelves),
      ...optionMistakes(entry.name, entry.options, [...path, 'options'], shelves.methods),
    ]),
    ...texts(value.metrics).flatMap((id, i) => unknown('metric', id, ['metrics', i], shelves.metrics)),
    ...exclusionMistakes(value, written),
    ...twice('seeds', list(value.seeds).map(String)),
    ...twice('metrics', texts(value.metrics)),
    ...twice(
      'backbones',
      backbones.map(({ entry: { name, preprocessing, size } }) =>
        [name, preprocessing ?? 'passport', ...(size === undefined ? [] : [`at ${size} px`])].join(' '),
      ),
    ),
    ...twice(
      'streams',
      streams.map(({ entry }) =>
        JSON.stringify([
          entry.name,
          entry.tasks ?? null,
          entry.images ?? null,
          entry.first ?? null,
          entry.path ?? null,
        ]),
      ),
    ),
  ]
}

function unknownName(noun: string, name: string, path: Path, known: readonly string[]): Mistake {
  // The start of an id, such as forgetting, is no typing mistake: it has several definitions.
  const begun = known.filter((id) => /^[.@]/.test(id.slice(name.length)) && id.startsWith(name))
  const close = begun.length > 0 ? either(begun) : nearest(name, known)
  const files =
    { method: ', or the path of a .ts, .js or .py file', backbone: ', or the path of a passport' }[noun] ?? ''
  return {
    code: `unknown-${noun}`,
    what: `There is no ${noun} called “${name}”.${close ? ` Did you mean ${close}?` : ''}`,
    mend: `Use ${either(known)}${files}.`,
    path,
  }
}

function fileMissing(noun: string, name: string, path: Path, file: string): Mistake {
  return {
    code: 'suite-file-missing',
    what: `The ${noun} “${name}” is a path, and there is no such file.`,
    mend: `Paths start at the suite file’s folder, ${dirname(resolve(file))}.`,
    path,
  }
}

/** Orders and tasks, which can be read without the data. */
function streamMistakes(entry: Record<string, unknown>, path: Path, shelves: Shelves): Mistake[] {
  const mistakes: Mistake[] = []
  const attempt = (at: Path, work: () => void) => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof StreambedError)) throw error
      mistakes.push({ code: error.code, what: error.what, mend: error.mend, path: at })
    }
  }
  const seen = new Map<string, string>()
  for (const [i, order] of list(entry.orders).entries()) {
    if (typeof order !== 'string') continue
    const at = [...path, 'orders', i]
    attempt(at, () => {
      const name = orderName(parseClassOrder(order))
      if (seen.has(name))
        mistakes.push(standsTwice(at, order === name ? order : `${order}, which is ${name},`))
      seen.set(name, order)
    })
  }
  const { images } = entry
  if (typeof images === 'object' && images !== null && Object.keys(images).length === 0) {
    mistakes.push({
      code: 'suite-missing-key',
      what: `${pathText([...path, 'images'])} asks for no number of images.`,
      mend: 'Write train: and test: (or one of them) and how many of each class, or leave images out.',
      path: [...path, 'images'],
    })
  }
  if (typeof entry.name !== 'string' || !shelves.streams.includes(entry.name)) return mistakes
  const { events, holds, takesPath, name, title } = findStream(entry.name)
  const { tasks } = entry
  if (typeof tasks === 'number' || typeof tasks === 'string' || isSizes(tasks)) {
    attempt([...path, 'tasks'], () => events.parse(tasks as TaskSizes, { classes: holds?.classes, title }))
  }
  if (takesPath && entry.path === undefined) {
    mistakes.push({
      code: 'suite-missing-key',
      what: `${name} needs ${takesPath}.`,
      mend: 'Write path: and where it is, absolute or under the data folder.',
      path,
    })
  }
  if (!takesPath && entry.path !== undefined) {
    mistakes.push({
      code: 'suite-wrong-value',
      what: `${name} takes no path: its data is found in the data folder.`,
      mend: 'Leave path out, or use split-image-folder or split-image-manifest.',
      path: [...path, 'path'],
      atKey: true,
    })
  }
  return mistakes
}

const isSizes = (tasks: unknown) => Array.isArray(tasks) && tasks.every((size) => typeof size === 'number')

function twice(key: string, names: readonly string[]): Mistake[] {
  return names.flatMap((name, i) =>
    names.indexOf(name) < i ? [standsTwice([key, i], key === 'streams' ? 'The stream' : name)] : [],
  )
}

function standsTwice(path: Path, name: string): Mistake {
  return {
    code: 'suite-duplicate',
    what: `${name} stands twice in ${pathText(path.slice(0, -1))}.`,
    mend: 'Keep one of the two.',
    path,
  }
}
