import type { LossMeans } from '../record/index.ts'

/** Stretches of a stage whose losses make one number each. */
const stretches = 20

/** Losses of a task by stage, as means over twentieths of it; part of a checkpoint. */
export type LossSums = { [stage: string]: { sums: number[]; counts: number[] } }

/** Puts down the loss of a step, `done` 0 … 1 being how far the stage was when it began. */
export function addLoss(losses: LossSums, stage: string, done: number, loss: number): void {
  losses[stage] ??= { sums: new Array(stretches).fill(0), counts: new Array(stretches).fill(0) }
  const { sums, counts } = losses[stage]
  const place = Math.min(stretches - 1, Math.floor(done * stretches))
  sums[place] += loss
  counts[place]++
}

/** To 4 digits; `null` for a stretch without a step. Absent where no step told a loss. */
export function lossMeans(losses: LossSums): { losses?: LossMeans } {
  if (Object.keys(losses).length === 0) return {}
  return {
    losses: Object.fromEntries(
      Object.entries(losses).map(([stage, { sums, counts }]) => [
        stage,
        sums.map((sum, k) => (counts[k] === 0 ? null : Number((sum / counts[k]).toPrecision(4)))),
      ]),
    ),
  }
}
