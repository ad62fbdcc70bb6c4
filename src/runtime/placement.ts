import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Which operators of a network a device took, and which the runtime gave to the CPU without a word. */
export interface Placement {
  /** Kernels that ran on the device; a provider may compile many operators into one. */
  readonly onDevice: number
  /** How often each operator ran on the CPU instead, by its name. */
  readonly onCpu: Readonly<Record<string, number>>
}

/** The profile of a session's first run: the only place where the runtime says who computed what. */
export interface PlacementWatch {
  readonly profilePrefix: string
  /** Reads the profile, once it has been written, and removes it. */
  read(): Placement
  /** Removes what is there; harmless when called again. */
  drop(): void
}

export function watchPlacement(): PlacementWatch {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-placement-'))
  const drop = () => rmSync(folder, { recursive: true, force: true })
  return {
    profilePrefix: join(folder, 'run'),
    read() {
      const events = readdirSync(folder).flatMap(
        (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProfileEvent[],
      )
      drop()
      return placementOf(events)
    },
    drop,
  }
}

/** One line of the runtime's profile, as far as we read it. */
export interface ProfileEvent {
  name: string
  args?: { provider?: string; op_name?: string }
}

export function placementOf(events: readonly ProfileEvent[]): Placement {
  let onDevice = 0
  const onCpu: Record<string, number> = {}
  for (const { name, args: { provider, op_name: operator = name } = {} } of events) {
    if (!provider) continue // of the whole run, and not of a kernel
    if (provider === 'CPUExecutionProvider') onCpu[operator] = (onCpu[operator] ?? 0) + 1
    else onDevice++
  }
  return { onDevice, onCpu }
}
