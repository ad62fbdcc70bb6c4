import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { StreambedError } from '../error.ts'
import { packageRoot } from '../files/index.ts'
import { contentId } from '../identity/index.ts'

/** Streambed's own door, compiled or not as this file is. */
const ownDoor = fileURLToPath(new URL(`../index${extname(import.meta.url)}`, import.meta.url))

/** What identifies a method's code. */
export interface MethodClosure {
  /** 16 hexadecimal digits. */
  id: string
  /** The modules that the code comes from, relative to the package's folder or, for a user's, to where it is. */
  files: readonly string[]
}

/**
 * The identity of a method's code: the hash of what its module and all that it imports come to, with `streambed`
 * followed to the modules that define the imported names. Types, comments and white space don't count, nor does
 * code that the method can't reach; packages of others count by name only.
 *
 * @param module path or file URL, `.ts` or `.js`
 * @throws method-module-unreadable, with the line
 */
export async function methodId(module: string): Promise<string> {
  return (await methodClosure(module)).id
}

/** The same, with the modules that it rests on. `door` is what `streambed` stands for. */
export async function methodClosure(module: string, door = ownDoor): Promise<MethodClosure> {
  const path = module.startsWith('file:') ? fileURLToPath(module) : module
  const { build } = await import('esbuild')
  // Bundling is what answers “which code does this reach?”: the package says that its modules have no side effects,
  // so those that a method doesn't use are dropped, and of the others what can't be reached.
  const bundle = await build({
    entryPoints: [path],
    alias: { streambed: door },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    packages: 'external',
    plugins: [leavesLazyDoorsShut(door)],
    minifyWhitespace: true,
    legalComments: 'none',
    absWorkingDir: packageRoot,
    // The user's own tsconfig.json must not change the id of his method.
    tsconfigRaw: { compilerOptions: { target: 'es2023', verbatimModuleSyntax: true } },
    logLevel: 'silent',
  }).catch((cause: { errors?: { text: string; location: { file: string; line: number } | null }[] }) => {
    const [first] = cause.errors ?? []
    throw new StreambedError('method-module-unreadable', {
      what: `The method’s module can’t be read: ${first?.text ?? String(cause)}.`,
      where: first?.location ? `${first.location.file}:${first.location.line}` : path,
      mend: 'Make sure that the file exists, compiles, and that its imports can be found.',
      cause,
    })
  })
  const [output] = Object.values(bundle.metafile.outputs)
  return {
    id: contentId(bundle.outputFiles[0].text),
    files: Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => file)
      .sort(),
  }
}

/** What the door loads only when it is called (`run`, `report`) is the harness around methods, never part of one. */
function leavesLazyDoorsShut(door: string): Plugin {
  return {
    name: 'leaves-lazy-doors-shut',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ kind, importer, path }) =>
        kind === 'dynamic-import' && importer === door ? { path, external: true } : undefined,
      )
    },
  }
}
