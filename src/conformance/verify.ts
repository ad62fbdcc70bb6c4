import type { Method, OptionValue } from '../method/index.ts'
import type { Check, Finding, Verdict } from './check.ts'
import { checks } from './checks/index.ts'
import { type Level, levelsOf } from './ground.ts'
import { quickOptions } from './quick-options.ts'
import { type Subject, subject } from './subject.ts'

export interface VerifySettings {
  /** Instead of the method's defaults, and of what the kit takes to be quick. */
  options?: Readonly<Record<string, OptionValue>>
  /** All that the method can do with unless said. */
  levels?: readonly Level[]
  /** Only these checks, by name, and what they need. */
  only?: readonly string[]
  onVerdict?(verdict: Verdict): void
}

/**
 * Walks a method down micro-streams with known answers, and says which promises of a method it keeps.
 *
 * Costs a dozen walks of a few steps each, and one start of the method for each place where a walk can be stopped.
 */
export async function verify(method: Method, settings: VerifySettings = {}): Promise<Verdict[]> {
  const { levels = levelsOf(method), only, onVerdict = () => {} } = settings
  const options = { ...quickOptions(method), ...settings.options }
  const chosen = checks.filter(({ name }) => only === undefined || isNeeded(name, only))
  const verdicts: Verdict[] = []
  for (const level of levels) {
    const of = subject(method, { level, options, checks: chosen })
    const broken = await walked(of)
    for (const check of chosen) {
      const finding = await findingOf(check, of, verdicts, broken)
      const said = { check: check.name, promise: check.promise, level }
      const verdict: Verdict =
        finding === undefined
          ? { ...said, outcome: 'holds' }
          : typeof finding === 'string'
            ? { ...said, outcome: 'broken', reason: finding }
            : { ...said, outcome: 'silent', reason: finding.silent }
      verdicts.push(verdict)
      onVerdict(verdict)
    }
    of.close()
  }
  return verdicts
}

function isNeeded(name: string, only: readonly string[]): boolean {
  return (
    only.includes(name) || checks.some((check) => check.after?.includes(name) && isNeeded(check.name, only))
  )
}

/** The error that ends the plain walk, if one does. */
async function walked(of: Subject): Promise<{ code: string; message: string } | undefined> {
  try {
    await of.base()
    return undefined
  } catch (error) {
    return errorText(error)
  }
}

function errorText(error: unknown): { code: string; message: string } {
  const { code = 'method-crashed', message } = error as { code?: string; message: string }
  return { code, message }
}

async function findingOf(
  check: Check,
  of: Subject,
  before: readonly Verdict[],
  broken: { code: string; message: string } | undefined,
): Promise<Finding> {
  if (broken !== undefined) {
    const owner = checks.find(({ errors }) => errors?.includes(broken.code)) ?? checks[0]
    if (check.name === owner.name) return `${broken.code}: ${broken.message}`
    return { silent: 'a plain walk down the stream does not come to its end' }
  }
  const reason = check.silent?.(of)
  if (reason !== undefined) return { silent: reason }
  const missing = before.find(
    ({ check: name, level, outcome }) =>
      check.after?.includes(name) && level === of.level && outcome !== 'holds',
  )
  if (missing) return { silent: `tells nothing while “${missing.check}” does not hold` }
  try {
    if (check.eye) await of.curious()
    return of.found(check.name) ?? (await check.of?.(of))
  } catch (error) {
    const { code, message } = errorText(error)
    return `${code}: ${message}`
  }
}
