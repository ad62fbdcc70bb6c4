import { render } from '../../drawing/index.ts'
import { chance } from '../../tensor/index.ts'
import { type Look, painters } from './looks.ts'
import { kinds } from './outlines.ts'

/**
 * Draws one picture of a kind in a look: place, size, turn, lean, colours, light and grain are drawn by chance.
 *
 * Equal names give equal bytes on every machine (see `render`).
 *
 * @param number which picture; every number gives another one.
 * @returns [3, 32, 32] planar uint8.
 */
export function draw(split: string, kind: number, look: Look, number: number): Uint8Array {
  const random = chance('shapes-20', split, kinds[kind].name, look, number)
  return render(kinds[kind].inside, painters[look](kinds[kind], random), random)
}
