import type { View } from './event.ts'
import { plainView } from './plain.ts'

export type { BoardEvent, View } from './event.ts'
export { plainView } from './plain.ts'

/** The live board where there is a terminal to draw on, else plain lines: pipes, CI, `TERM=dumb`, or when asked. */
export async function openView(options: { plain: boolean }): Promise<View> {
  const hasTerminal =
    process.stderr.isTTY && process.stdin.isTTY && !process.env.CI && process.env.TERM !== 'dumb'
  if (options.plain || !hasTerminal) return plainView((line) => process.stderr.write(`${line}\n`))
  const { liveView } = await import('./live.tsx')
  return liveView()
}
