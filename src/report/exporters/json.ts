import { defineExporter } from './exporter.ts'

/** For scripts: `{ suite: id, rows: [...] }`, a contract that does not change. Shares are 0 … 1, `null` does not exist. */
export const json = defineExporter({
  name: 'json',
  summary: 'JSON for scripts, with intervals and compute',
  extension: 'json',
  write: ({ suite, rows }) => `${JSON.stringify({ suite: suite.id, rows }, null, 2)}\n`,
})
