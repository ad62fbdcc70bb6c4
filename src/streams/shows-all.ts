import type { Dataset } from '../datasets/index.ts'
import { StreambedError } from '../error.ts'
import type { Arranged } from './declaration.ts'

/**
 * Each task must show each of its classes, both to be learned and to be asked about.
 *
 * @throws class-empty, naming the classes, their task and the split
 */
export function showsAllItSays(arranged: Arranged, dataset: Dataset, where?: string): void {
  const { permutation, tasks, chunks, events } = arranged
  for (const event of events) {
    if (event.kind !== 'learn') continue
    const task = tasks[event.task]
    for (const split of ['train', 'test'] as const) {
      const rows = split === 'train' ? chunks[event.chunk] : task.test
      const { labels } = dataset.splits[split === 'train' ? 'train' : (task.from ?? 'test')]
      const shown = new Set<number>()
      for (const row of rows) shown.add(labels[row])
      const missing = task.classes.map((label) => permutation[label]).filter((c) => !shown.has(c))
      if (missing.length > 0) throw classEmpty(missing, split, event.task, task.name)
    }
  }

  function classEmpty(missing: readonly number[], split: string, task: number, domain?: string) {
    const named = missing.slice(0, 5).map((c) => `“${dataset.classes[c]}”`)
    const more = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
    return new StreambedError('class-empty', {
      what: `${dataset.title} has no ${split} image of ${named.join(', ')}${more}${
        domain === undefined ? '' : ` in the domain “${domain}”`
      }, which task ${task + 1} needs.`,
      where,
      mend: `Add images of ${missing.length === 1 ? 'it' : 'them'} to the ${split} split, or leave the class out of the dataset altogether.`,
    })
  }
}
