/** Where training stands when a step asks for its rate. All counts from 0. */
export interface Place {
  /** Steps done in this task, or whatever unit the schedule is asked in (epochs, for the published ones in epochs). */
  readonly step: number
  readonly task: number
  /** Steps this task takes in all; read only by schedules with `needsHorizon`. */
  readonly steps: number
  /** Steps done since the stream began, over all tasks. */
  readonly overall: number
}

/**
 * A learning rate by place: a pure function, so that a resumed run asks again and gets the same.
 */
export interface Schedule {
  readonly name: string
  /** Must it know beforehand how long training goes on? That leaks the stream's length: say so in the record. */
  readonly needsHorizon: boolean
  /** The rate of the step at this place, 0 or more. */
  rate(place: Place): number
}

/** The rates between which a schedule moves. */
export interface Rates {
  /** The highest rate. */
  peak: number
  /** The lowest rate after warming up; 0 unless said. */
  floor?: number
}

/** Half a cosine wave from `from` (at 0) to `to` (at 1). */
export function halfWave(from: number, to: number, progress: number): number {
  return to + 0.5 * (1 + Math.cos(Math.PI * progress)) * (from - to)
}
