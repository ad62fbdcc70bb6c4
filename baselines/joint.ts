import { defineMethod } from 'streambed'
import { naive } from './naive.ts'

/**
 * Joint: the whole network trained on all tasks at once, as `naive` trains on one: as many epochs, the same settings.
 * Not continual; the ceiling of every method that trains the whole network.
 *
 * Keeps  the weights and their momentum.
 * Costs  what `naive` does on the same stream.
 * @source "Joint" or "offline" of most papers.
 */
export const joint = defineMethod({
  ...naive,
  name: 'joint',
  summary: 'ceiling: the whole network trained on all tasks at once',
  source: 'the upper reference of most papers',
  needs: { ...naive.needs, sees: 'all tasks at once' },
  role: 'ceiling',
})
