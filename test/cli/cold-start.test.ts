import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { main, packageFolder } from './streambed.ts'

/** Every module that loading the command line loads at once: what `import()` brings is not among them. */
function loadedAtOnce(entry: string): { own: Set<string>; packages: Set<string> } {
  const own = new Set<string>()
  const packages = new Set<string>()
  const visit = (module: string) => {
    if (own.has(module)) return
    own.add(module)
    const text = readFileSync(module, 'utf8')
    for (const [, specifier] of text.matchAll(
      /^(?:import|export)\b(?:[^'"();]*?\bfrom)?\s*['"]([^'"]+)['"]/gm,
    )) {
      if (specifier.startsWith('.')) visit(resolve(dirname(module), specifier))
      else if (!isBuiltin(specifier)) packages.add(specifier)
    }
  }
  visit(entry)
  return { own, packages }
}

test('`streambed --help` loads the commands and their flags, and nothing heavy', () => {
  const { own, packages } = loadedAtOnce(main)
  expect([...packages]).toEqual(['commander'])
  const rooms = new Set(
    [...own].map((module) => relative(join(packageFolder, 'dist/src'), module).split('/')[0]),
  )
  expect([...rooms].sort()).toEqual(['cli', 'error.js', 'files'])
  expect(own.size).toBeLessThanOrEqual(20) // a module a command, and what they share
})

test('the library’s door loads no more than methods are made of until it is called', () => {
  const { own } = loadedAtOnce(join(packageFolder, 'dist/src/index.js'))
  const rooms = new Set(
    [...own].map((module) => relative(join(packageFolder, 'dist/src'), module).split('/')[0]),
  )
  for (const heavy of ['harness', 'report', 'datasets', 'backbones', 'embeddings', 'suite', 'tui', 'cli']) {
    expect([...rooms]).not.toContain(heavy)
  }
})
