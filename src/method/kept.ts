import type { PartState } from './method.ts'
import { bytesOf, type MeasuredPart } from './state.ts'

/** A value that a method remembers between steps: plain data, saved as it is. */
export interface Kept<Value extends PartState> extends MeasuredPart {
  value: Value
}

/** `const old = kept<Snapshot | null>(null)`; set `old.value`, and put `old` among the parts. */
export function kept<Value extends PartState>(initial: Value): Kept<Value> {
  return {
    value: initial,
    save() {
      return this.value
    },
    load(state) {
      this.value = state as Value
    },
    bytes() {
      return bytesOf(this.value)
    },
  }
}
