import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StreambedError } from '../../error.ts'
import type { Split } from '../dataset.ts'
import { byBytes, refuseUnequal } from './class-names.ts'
import { isLeftOver, note, passedOver } from './left-overs.ts'
import type { PictureListing } from './listed-pictures.ts'

/** Pictures of known classes in several groups (what they show, how they were taken). */
export interface GroupedListing extends PictureListing {
  /** In the byte order of their names. */
  groups: readonly string[]
}

const splits = ['train', 'test'] as const

/**
 * Lists train/<group>/<class>/… and test/<group>/<class>/…, for classes whose names are known.
 *
 * Hidden files and what desktops leave behind are passed over and counted in a note.
 * @throws data-missing; folder-layout for a group without one of the classes; class-not-in-both for a group of one
 * split alone; class-empty
 */
export function listGrouped(folder: string, classes: readonly string[]): GroupedListing {
  const ignored = new Map<string, number>()
  const inside = (path: string) =>
    readdirSync(path)
      .filter((name) => {
        if (isLeftOver(name)) note(ignored, name)
        return !isLeftOver(name)
      })
      .sort(byBytes)
  const found = {} as Record<Split, Map<string, string[][]>>
  for (const split of splits) {
    const top = join(folder, split)
    if (!existsSync(top) || !statSync(top).isDirectory()) {
      throw new StreambedError('data-missing', {
        what: `The folder ${split}/ is not there.`,
        where: top,
        mend: `Put the pictures there as ${split}/<group>/${classes[0]} and so on, or name another data folder with --data.`,
      })
    }
    found[split] = new Map(
      inside(top).map((group) => [group, classes.map((name) => picturesOf(join(top, group), name))]),
    )
  }
  refuseUnequal(found, { train: 'train/', test: 'test/' }, (split) => join(folder, split))
  const groups = [...found.train.keys()]
  const files = (split: Split) =>
    classes.flatMap((_, label) =>
      groups.flatMap((group) => (found[split].get(group)?.[label] ?? []).map((path) => ({ path, label }))),
    )
  return {
    classes,
    groups,
    files: { train: files('train'), test: files('test') },
    notes: passedOver(ignored),
  }

  function picturesOf(group: string, name: string): string[] {
    const path = join(group, name)
    if (!existsSync(path) || !statSync(path).isDirectory()) {
      throw new StreambedError('folder-layout', {
        what: `There is no folder ${name}/ inside; ${classes.join('/ and ')}/ were expected.`,
        where: group,
        mend: 'Unpack the dataset again.',
      })
    }
    const pictures = inside(path).map((file) => join(path, file))
    if (pictures.length > 0) return pictures
    throw new StreambedError('class-empty', {
      what: `The class “${name}” has no pictures.`,
      where: path,
      mend: 'Unpack the dataset again.',
    })
  }
}
