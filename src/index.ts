/**
 * Streambed's one door: every public name, and nothing else.
 *
 * Methods of ours and of yours come in here alike. What is heavy is loaded when it is called.
 */
import type { ReportResult, ReportSettings, RunResult, RunSettings, Settings } from './harness/index.ts'

export { StreambedError } from './error.ts'
export * from './method/index.ts'
export type { Chance } from './tensor/index.ts'
export type { ReportResult, ReportSettings, RunResult, RunSettings, Settings }

/** Does what `streambed run` does: every run of a suite that is not done yet, then its tables and figures. */
export async function run(settings: RunSettings): Promise<RunResult> {
  return (await import('./harness/index.ts')).run(settings)
}

/** Does what `streambed check` does: checks a suite, its data and backbones, and estimates; runs nothing. */
export async function check(settings: Settings): Promise<string> {
  return (await import('./harness/index.ts')).check(settings)
}

/** Does what `streambed report` does: tables and figures from records alone. */
export async function report(settings: ReportSettings): Promise<ReportResult> {
  return (await import('./harness/index.ts')).reportFolders(settings)
}
