import { defineStream } from './declaration.ts'
import { domainIncremental } from './domain-incremental.ts'

/**
 * CIFAKE, real or generated, one kind of object after another: airplanes first, trucks last.
 *
 * Images  [n, 3, 32, 32] uint8, RGB, as many real as generated in each task.
 * Labels  FAKE 0, REAL 1, the same in every task. The order of a run permutes the objects.
 * Evaluated before the first task and after each are all ten tasks, so that forward transfer exists.
 * @source Bird and Lotfi, "CIFAKE", IEEE Access 12, 2024, for the images; van de Ven et al., "Three types of incremental
 * learning", Nature Machine Intelligence 4, 2022, table 1, for the protocol.
 */
export const cifakeObjects = defineStream({
  name: 'cifake-objects',
  title: 'CIFAKE by object',
  summary: 'real or generated: CIFAKE, another kind of object each task; 10 tasks',
  source: 'Bird and Lotfi, “CIFAKE”, IEEE Access 12, 2024. arXiv:2303.14126',
  dataset: 'cifake',
  order: 'natural',
  notes: ['The order permutes the objects; the classes, FAKE and REAL, are the same in every task.'],
  events: domainIncremental({ evaluate: 'all' }),
})
