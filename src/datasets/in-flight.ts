/**
 * Does `work` for 0 … count − 1, at most `most` at a time. The first error stops the taking of new work, waits
 * for what is under way and is thrown.
 */
export async function inFlight(
  count: number,
  most: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  let failed = false
  const errors: unknown[] = []
  async function hand(): Promise<void> {
    while (next < count && !failed) {
      try {
        await work(next++)
      } catch (error) {
        failed = true
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, count) }, hand))
  if (failed) throw errors[0]
}
