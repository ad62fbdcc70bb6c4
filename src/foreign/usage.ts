/** What all processes of methods that we have started have spent, by their own account. */
let secondsCpu = 0
let peakRssBytes = 0

export function spentElsewhere(): { secondsCpu: number; peakRssBytes: number } {
  return { secondsCpu, peakRssBytes }
}

/** The account of one process: totals since it began. */
export class Usage {
  #seconds = 0

  /** `false` for no account. */
  tell(spent: unknown): boolean {
    const { cpuSeconds, peakRssBytes: peak } = (spent ?? {}) as Record<string, unknown>
    if (!isAmount(cpuSeconds) || !isAmount(peak)) return false
    secondsCpu += Math.max(0, cpuSeconds - this.#seconds)
    this.#seconds = Math.max(this.#seconds, cpuSeconds)
    peakRssBytes = Math.max(peakRssBytes, peak)
    return true
  }
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
