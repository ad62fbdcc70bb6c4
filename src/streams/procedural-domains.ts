import { defineStream } from './declaration.ts'
import { domainIncremental } from './domain-incremental.ts'

/**
 * Shapes-20 one look after another: all shapes from the start, each task draws them in another way.
 *
 * Images  [n, 3, 32, 32] uint8, RGB, channels first.
 * Labels  0 … 19, the same in every task. The order of a run permutes the looks.
 * Evaluated before the first task and after each are all looks, those to come too, so that forward transfer exists.
 * @source van de Ven et al., "Three types of incremental learning", Nature Machine Intelligence 4, 2022, table 1.
 */
export const proceduralDomains = defineStream({
  name: 'procedural-domains',
  title: 'Shapes-20 in new looks',
  summary: '20 drawn shapes, a new look each task; no download',
  source:
    'van de Ven et al., “Three types of incremental learning”, Nature Machine Intelligence 4, 2022, table 1',
  dataset: 'shapes-20',
  order: 'natural',
  notes: ['The order permutes the looks; the classes are the same in every task.'],
  events: domainIncremental({ evaluate: 'all' }),
})
