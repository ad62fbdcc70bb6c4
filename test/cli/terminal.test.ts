import { existsSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { afterAll, expect, test } from 'vitest'
import { main, removed, startCommand, workplace, written } from './streambed.ts'

const folder = workplace()
afterAll(() => removed(folder))

const suite = written(
  folder,
  'narrow.yaml',
  `name: narrow
streams: [{ name: split-procedural, tasks: 2 }]
backbones: [mini-resnet]
methods: [chance, { name: nmc, label: 最近类均值-${'x'.repeat(60)} }]
`,
)

/** `script` of util-linux gives the command a terminal of its own. */
const script = '/usr/bin/script'

test.skipIf(process.platform !== 'linux' || !existsSync(script))(
  'on a terminal of 60 columns the board is live, and no line of board or table is wider (needs script)',
  async () => {
    const command = [process.execPath, main, 'run', suite, '--cache', 'cache', '--results', 'results'].join(
      ' ',
    )
    const env = { CI: undefined, TERM: 'xterm-256color', NO_COLOR: undefined }
    const { code, stdout } = await startCommand(
      script,
      ['-qec', `stty cols 60 rows 40; ${command}`, '/dev/null'],
      { cwd: folder, env },
    ).ended
    const text = stripVTControlCharacters(stdout)
    expect(code, text).toBe(0)
    expect(text).toContain('Ctrl-C stops; the same command goes on.')
    expect(text).toMatch(/█+/)
    const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('  /')) // paths of files stay whole
    for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(60)
    expect(text).toMatch(/最近类均值-x+…/) // cut, and marked
    expect(stdout).toContain('\u001b[1mSplit Shapes-20') // bold, on a terminal only
  },
)
