import type { LoadHook, ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * Module hooks for a user's method, wherever its file lies: TypeScript is compiled on the way in, whatever its
 * package.json says of modules, and `streambed` is the Streambed that is running, so that there is one of it.
 */
let ownDoor = ''

export function initialize({ door }: { door: string }): void {
  ownDoor = door
}

export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === 'streambed' ? { url: ownDoor, shortCircuit: true } : next(specifier, context)

export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith('file:') || !/\.[cm]?ts$/.test(new URL(url).pathname)) return next(url, context)
  const { build } = await import('esbuild')
  const bundle = await build({
    entryPoints: [fileURLToPath(url)],
    bundle: true, // its neighbours come along; packages stay where they are
    packages: 'external',
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    sourcemap: 'inline',
    tsconfigRaw: { compilerOptions: { target: 'es2023', verbatimModuleSyntax: true } },
    logLevel: 'silent',
  }).catch(
    ({ errors: [first] }: { errors: { text: string; location: { file: string; line: number } }[] }) => {
      const place = first.location ? ` (line ${first.location.line} of ${first.location.file})` : ''
      throw new SyntaxError(`${first.text}${place}`)
    },
  )
  return { format: 'module', source: bundle.outputFiles[0].text, shortCircuit: true }
}
