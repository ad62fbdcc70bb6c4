import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

interface Line {
  seed: number
  file?: string
  by?: string[]
  end?: 'trained' | 'refused' | 'wrong'
  code?: string
  stack?: string
}

/** What the child told of each seed, and how it ended: native code may kill it. */
async function fuzzed(kind: 'networks' | 'nodes', from: number, to: number) {
  const script = fileURLToPath(new URL('./fuzz-child.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, kind, String(from), String(to)])
  let told = ''
  let complaints = ''
  child.stdout.on('data', (text) => {
    told += text
  })
  child.stderr.on('data', (text) => {
    complaints += text
  })
  const end = await new Promise<string>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? String(code))),
  )
  const lines = told
    .split('\n')
    .filter((line) => line.startsWith('{')) // the runtime may print as well
    .map((line) => JSON.parse(line) as Line)
  return { end, complaints, lines }
}

test.each([
  ['a damaged network', 'networks', 0, 80],
  ['a damaged node, alone', 'nodes', 0, 600],
] as const)(
  '%s learns or is refused by name, and never takes the process down',
  async (_, kind, from, to) => {
    const { end, complaints, lines } = await fuzzed(kind, from, to)
    const last = lines.at(-1)
    expect(end, `seed ${last?.seed}, ${last?.file}: ${last?.by?.join(', ')} ${complaints}`).toBe('0')
    const ends = lines.filter((line) => line.end !== undefined)
    expect(ends).toHaveLength(to - from)
    for (const { seed, end, stack } of ends) expect(end, `seed ${seed}: ${stack}`).not.toBe('wrong')
    expect(ends.filter(({ end }) => end === 'trained').length).toBeGreaterThan((to - from) / 20)
    expect(new Set(ends.map(({ code }) => code)).size).toBeGreaterThan(4)
  },
)
