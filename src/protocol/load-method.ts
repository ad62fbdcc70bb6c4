import { register } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { StreambedError } from '../error.ts'
import { builtFile, packageRoot } from '../files/index.ts'
import { foreignMethod, isProgram } from '../foreign/index.ts'
import type { Method } from '../method/index.ts'

/**
 * Loads a method from its module: the export whose `name` is asked for, or the only method there. A `.py` file, or an
 * executable one of another language, is a method that runs as a process of its own.
 *
 * @param module file URL; outside the package, a `.ts` file is compiled on the fly and `streambed` is this one
 * @throws method-module-unreadable, method-module-without-method; for a process what `foreignMethod` throws
 */
export async function loadMethod(module: string, name?: string): Promise<Method> {
  if (isProgram(fileURLToPath(module)))
    return named([await foreignMethod(fileURLToPath(module))], module, name)
  hookUserMethods(module)
  let exported: Record<string, unknown>
  try {
    exported = (await import(module)) as Record<string, unknown>
  } catch (cause) {
    throw new StreambedError('method-module-unreadable', {
      what: `The method's module could not be loaded: ${(cause as Error).message}`,
      where: fileURLToPath(module),
      mend: 'Make sure that the file exists, compiles, and that its imports can be found.',
      cause,
    })
  }
  return named(Object.values(exported).filter(isMethod), module, name)
}

function named(methods: readonly Method[], module: string, name: string | undefined): Method {
  const found =
    name === undefined && methods.length === 1 ? methods[0] : methods.find((method) => method.name === name)
  if (found) return found
  throw new StreambedError('method-module-without-method', {
    what: `The module exports ${methods.length === 0 ? 'no method' : `the methods ${methods.map((m) => m.name).join(', ')}`}${name === undefined ? '' : `, and not ${name}`}.`,
    where: fileURLToPath(module),
    mend: 'Export it: export const myMethod = defineMethod({ name: …, start: … }).',
  })
}

let isHooked = false

function hookUserMethods(module: string): void {
  const isOurs = module.startsWith(`${pathToFileURL(packageRoot).href}/`)
  if (isOurs || isHooked || process.env.VITEST) return
  isHooked = true
  process.setSourceMapsEnabled(true) // so that an error names the line that the user wrote
  const door = builtFile(import.meta.url, '../index.ts').href
  register(builtFile(import.meta.url, './method-hooks.ts').href, { data: { door } })
}

function isMethod(value: unknown): value is Method {
  const method = value as Partial<Method> | null
  return typeof method === 'object' && typeof method?.name === 'string' && typeof method.start === 'function'
}
