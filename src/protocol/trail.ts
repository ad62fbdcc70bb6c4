import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type FactEvent, type Manifest, openRecordWriter, type RecordWriter } from '../record/index.ts'
import { type Checkpoint, dropCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts'
import { Pulse, readPulse } from './pulse.ts'

/** Computing done since the last checkpoint never exceeds this by more than one step. */
const checkpointSeconds = 2
/** A checkpoint that takes long is taken less often: saving may cost at most this share of the time. */
const saveShare = 0.1
/** … but never less often than this. */
const longestSeconds = 4

/**
 * What a walk leaves on disk while it goes: the facts of its record, and a checkpoint to go on from.
 */
export class Trail {
  readonly place: string
  /** What an earlier attempt did beyond its last checkpoint and this one does again. */
  repeats = { steps: 0, seconds: 0 }
  /** Step at which this attempt began. */
  resumedAtTick = 0
  readonly #checkpoint: Checkpoint | undefined
  readonly #manifest: Manifest
  readonly #writer: RecordWriter
  readonly #checkpointPath: string
  readonly #pulse: Pulse
  #lastSave = performance.now()
  #saveSeconds = 0
  #isOpen = true

  constructor(folder: string, manifest: Manifest) {
    mkdirSync(folder, { recursive: true })
    this.place = folder
    this.#manifest = manifest
    this.#checkpointPath = join(folder, 'checkpoint')
    const pulsePath = join(folder, 'pulse')
    const checkpoint = loadCheckpoint(this.#checkpointPath, manifest.run)
    const earlier = readPulse(pulsePath)
    if (earlier) {
      this.repeats = { steps: Math.max(0, earlier.tick - (checkpoint?.tick ?? 0)), seconds: earlier.seconds }
    }
    this.resumedAtTick = checkpoint?.tick ?? 0
    this.#checkpoint = checkpoint
    this.#pulse = new Pulse(pulsePath)
    this.#writer = openRecordWriter(folder)
  }

  /** The state to go on from, or `undefined` to begin; the facts are cut back to it. */
  resume(): Checkpoint | undefined {
    if (this.#checkpoint) {
      this.#writer.truncate(this.#checkpoint.factLines)
    } else {
      this.#writer.truncate(0)
      this.#writer.append(this.#manifest)
    }
    this.#lastSave = performance.now()
    return this.#checkpoint
  }

  fact(fact: FactEvent): void {
    this.#writer.append(fact)
  }

  beat(tick: number): void {
    this.#pulse.beat(tick, (performance.now() - this.#lastSave) / 1000)
  }

  isDue(): boolean {
    const seconds = (performance.now() - this.#lastSave) / 1000
    return seconds > Math.min(Math.max(checkpointSeconds, this.#saveSeconds / saveShare), longestSeconds)
  }

  save(state: Omit<Checkpoint, 'run' | 'factLines' | 'answers'> & { answers: unknown }): void {
    const before = performance.now()
    saveCheckpoint(this.#checkpointPath, {
      ...state,
      run: this.#manifest.run,
      factLines: this.#writer.lines,
      answers: state.answers as Checkpoint['answers'],
    })
    this.#lastSave = performance.now()
    this.#saveSeconds = (this.#lastSave - before) / 1000
    this.#pulse.beat(state.tick, 0)
  }

  finish(fact: FactEvent & { kind: 'finished' }): void {
    this.#writer.append(fact)
    this.#isOpen = false
    this.#writer.close()
    dropCheckpoint(this.#checkpointPath)
    this.#pulse.drop()
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#writer.close()
    this.#pulse.close()
  }
}
