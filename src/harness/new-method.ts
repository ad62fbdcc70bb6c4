import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { baselines } from '../../baselines/index.ts'
import { StreambedError } from '../error.ts'
import { packageRoot } from '../files/index.ts'

export interface NewMethod {
  /** What it is to be called, and its file: letters, digits, dots, dashes. */
  name: string
  /** Where its file goes; the working folder unless said. */
  folder?: string
}

/**
 * Writes a commented method that works as it is, to be changed; gives the path of its file.
 *
 * @throws method-name, method-name-taken, file-exists, file-unwritable
 */
export function newMethod({ name, folder = '.' }: NewMethod): string {
  const where = `new method ${name}`
  if (!/^[A-Za-z][A-Za-z0-9._-]*$/.test(name) || /\.[cm]?[jt]sx?$/.test(name)) {
    throw new StreambedError('method-name', {
      what: `“${name}” can’t be the name of a method.`,
      where,
      mend: 'Begin with a letter and go on with letters, digits, dots and dashes, as in my-method; .ts is added.',
    })
  }
  if (baselines.some((baseline) => baseline.name === name)) {
    throw new StreambedError('method-name-taken', {
      what: `There is a method called ${name} already, on the shelf.`,
      where,
      mend: `Choose another name, for example my-${name}. To begin with that method instead, copy its file out of ${join(packageRoot, 'baselines')}.`,
    })
  }
  const path = resolve(folder, `${name}.ts`)
  const template = readFileSync(join(packageRoot, 'baselines/template/my-method.ts'), 'utf8')
  const text = template.replaceAll('my-method', name).replaceAll('FILE', `./${name}.ts`)
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (cause) {
    if (existsSync(path)) {
      throw new StreambedError('file-exists', {
        what: 'There is a file of that name already, and it is left as it is.',
        where: path,
        mend: 'Choose another name, or move the file away.',
        cause,
      })
    }
    throw new StreambedError('file-unwritable', {
      what: `The file can’t be written: ${(cause as Error).message}.`,
      where: path,
      mend: 'Go to a folder that is there and that you may write to.',
      cause,
    })
  }
  return path
}
