/** Dot-files, and what Windows and macOS leave behind. */
export const isLeftOver = (name: string): boolean =>
  name.startsWith('.') || ['thumbs.db', 'desktop.ini', '__macosx'].includes(name.toLowerCase())

/** Counts one more of a name. */
export function note(ignored: Map<string, number>, name: string): void {
  ignored.set(name, (ignored.get(name) ?? 0) + 1)
}

/** What was passed over, in one sentence; none where there is nothing. */
export function passedOver(ignored: ReadonlyMap<string, number>): string[] {
  if (ignored.size === 0) return []
  const parts = [...ignored].sort().map(([name, count]) => (count > 1 ? `${count} × ${name}` : name))
  const total = [...ignored.values()].reduce((sum, count) => sum + count, 0)
  return [`${total} ${total === 1 ? 'entry' : 'entries'} passed over: ${parts.join(', ')}.`]
}
