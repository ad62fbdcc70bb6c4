import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Files that need the shared real data or a minute each run in the second project (`npm run test:real`). */
export default defineConfig({
  root,
  resolve: { alias: { streambed: `${root}src/index.ts` } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/real/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
  },
})
