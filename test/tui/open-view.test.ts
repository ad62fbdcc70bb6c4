import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openView } from '../../src/tui/index.ts'

const live = {
  event: () => undefined,
  remark: () => undefined,
  onInterrupt: () => undefined,
  close: () => undefined,
}
const liveView = vi.hoisted(() => vi.fn())
vi.mock('../../src/tui/live.tsx', () => ({ liveView }))

const terminal = { stdin: process.stdin.isTTY, stderr: process.stderr.isTTY }

beforeEach(() => {
  liveView.mockReset().mockReturnValue(live)
  vi.stubEnv('CI', undefined)
  vi.stubEnv('TERM', 'xterm-256color')
  process.stdin.isTTY = true
  process.stderr.isTTY = true
})
afterEach(() => {
  vi.unstubAllEnvs()
  process.stdin.isTTY = terminal.stdin
  process.stderr.isTTY = terminal.stderr
})

test('on a terminal the board is live', async () => {
  await openView({ plain: false })
  expect(liveView).toHaveBeenCalledOnce()
})

test.each<[string, () => void]>([
  ['--plain asks for it', () => undefined],
  ['stderr is piped', () => (process.stderr.isTTY = false)],
  ['stdin is piped, so that Ctrl-C could not be read', () => (process.stdin.isTTY = false)],
  ['it runs in CI', () => vi.stubEnv('CI', 'true')],
  ['the terminal is dumb', () => vi.stubEnv('TERM', 'dumb')],
])('lines are plain when %s', async (reason, arrange) => {
  arrange()
  await openView({ plain: reason.startsWith('--plain') })
  expect(liveView).not.toHaveBeenCalled()
})
