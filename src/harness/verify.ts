import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { baselines } from '../../baselines/index.ts'
import { checks, type Level, type Verdict, type VerifySettings, verify } from '../conformance/index.ts'
import { either, nearest, StreambedError } from '../error.ts'
import type { Method, OptionValue } from '../method/index.ts'
import { loadMethod } from '../protocol/index.ts'
import { checkOptions } from '../suite/index.ts'

export interface VerifyMethod {
  /** A method of the shelf by its name, or the path of a `.ts`, `.js` or `.py` file, or of an executable one. */
  method: string
  /** Of several methods in one file, the name of the one that is meant. */
  name?: string
  /** Instead of the method's defaults, and of what is taken to be quick. */
  options?: Readonly<Record<string, OptionValue>>
  /** `embeddings`, `vit`, `cnn`; all that the method can do with unless said. */
  levels?: readonly Level[]
  /** Only these checks. */
  only?: readonly string[]
  onVerdict?(verdict: Verdict): void
}

/**
 * Walks a method down micro-streams with known answers, and gives what it found, check by check.
 *
 * @throws unknown-method, unknown-check, method-module-unreadable, method-module-without-method, unknown-option, wrong-option; for a
 *   method in another language what its process did wrong, under method-process-…
 */
export async function verifyMethod({ method: asked, name, ...settings }: VerifyMethod): Promise<Verdict[]> {
  const method = await found(asked, name)
  checkOptions(method, settings.options ?? {}, asked)
  checkNames(settings.only ?? [])
  return verify(method, settings satisfies VerifySettings)
}

async function found(asked: string, name: string | undefined): Promise<Method> {
  const shelved = baselines.find((baseline) => baseline.name === asked)
  if (shelved) return shelved.load()
  const path = resolve(asked)
  if (existsSync(path)) return loadMethod(pathToFileURL(path).href, name)
  const names = baselines.map((baseline) => baseline.name)
  const near = nearest(asked, names)
  throw new StreambedError('unknown-method', {
    what: `There is no method called “${asked}” on the shelf, and no file of that name.`,
    mend: `${near ? `Did you mean ${near}? ` : ''}Give the path of a .ts, .js or .py file, or one of ${either(names)}.`,
  })
}

function checkNames(only: readonly string[]): void {
  const names = checks.map(({ name }) => name)
  const wrong = only.find((name) => !names.includes(name))
  if (wrong === undefined) return
  const near = nearest(wrong, names)
  throw new StreambedError('unknown-check', {
    what: `There is no check called “${wrong}”.`,
    where: '--only',
    mend: `${near ? `Did you mean ${near}? ` : ''}There are ${either(names)}.`,
  })
}
