import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../files/index.ts'
import type { Passport } from './passport.ts'

/** What a backbone may have seen of a stream's classes before the stream began. */
export interface ClassOverlap {
  /** Classes that ImageNet-1k has too, each with ImageNet's words for it, so that a homonym can be told. */
  same: { class: string; imagenet: string }[]
  /** Classes of which ImageNet-1k has kinds ("bear": "brown bear"), found by the last word of a name. */
  kinds: { class: string; imagenet: string[] }[]
  /** The stream's own data set is among the declared ones, so its very images may have been seen. */
  sameDataset: boolean
  /** Declared pretraining data whose classes we have no list of: overlap with them is not known. */
  unlisted: string[]
}

/**
 * Which of a stream's classes the backbone's declared pretraining data has as well, by name.
 *
 * ImageNet-1k is the one data set whose names we hold. Names are compared in lower case with `_` and `-` as spaces,
 * against every synonym. It is a comparison of words: `mouse` meets "mouse, computer mouse", hence the words shown.
 *
 * @returns `'unknown'` when the passport declares nothing, which is never "no overlap"
 */
export function classOverlap(
  passport: Pick<Passport, 'pretraining'>,
  classNames: readonly string[],
  dataset?: string,
): ClassOverlap | 'unknown' {
  if (passport.pretraining === null) return 'unknown'
  const declared = passport.pretraining.datasets
  const overlap: ClassOverlap = {
    same: [],
    kinds: [],
    sameDataset: dataset !== undefined && declared.some((name) => squeezed(name) === squeezed(dataset)),
    unlisted: declared.filter((name) => !isImagenet1k(name)),
  }
  if (!declared.some(isImagenet1k)) return overlap
  const known = imagenetNames()
  for (const name of classNames) {
    const word = plain(name)
    const same = known.find(({ synonyms }) => synonyms.includes(word))
    if (same !== undefined) overlap.same.push({ class: name, imagenet: same.title })
    else {
      const kinds = known.filter(({ synonyms }) => synonyms.some((synonym) => synonym.endsWith(` ${word}`)))
      if (kinds.length > 0) overlap.kinds.push({ class: name, imagenet: kinds.map((kind) => kind.title) })
    }
  }
  return overlap
}

/** `lawn_mower` and `Lawn-Mower` as `lawn mower`. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[_\-\s]+/g, ' ')
    .trim()
}

/** `ImageNet-1k`, `imagenet_1k` and `ImageNet 1K` as `imagenet1k`. */
function squeezed(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function isImagenet1k(name: string): boolean {
  return ['imagenet1k', 'ilsvrc2012', 'ilsvrc12', 'imagenet2012'].includes(squeezed(name))
}

let names: { title: string; synonyms: string[] }[] | undefined

function imagenetNames(): { title: string; synonyms: string[] }[] {
  names ??= readFileSync(join(packageRoot, 'src/backbones/imagenet-1k-classes.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ title: line, synonyms: line.split(',').map(plain) }))
  return names
}
