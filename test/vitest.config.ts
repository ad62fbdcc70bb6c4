import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * `npm test` runs everything that needs nothing but this repository. `--mode real` runs test/real instead, which
 * needs real images and networks under STREAMBED_DATA, and takes minutes.
 */
export default defineConfig(({ mode }) => ({
  root,
  resolve: { alias: { streambed: `${root}src/index.ts` } },
  test: {
    include: mode === 'real' ? ['test/real/**/*.test.ts'] : ['test/**/*.test.{ts,tsx}'],
    exclude: mode === 'real' ? [] : ['test/real/**'],
    testTimeout: mode === 'real' ? 1_800_000 : 120_000,
    hookTimeout: mode === 'real' ? 1_800_000 : 240_000,
    pool: 'forks',
    fileParallelism: mode !== 'real',
  },
}))
