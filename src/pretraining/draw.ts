import { render } from '../drawing/index.ts'
import { chance } from '../tensor/index.ts'
import { glyphs } from './glyphs.ts'
import { looks } from './looks.ts'

/** Side of a picture. */
export const side = 32

/**
 * A picture of a glyph as the network is fed with it: values (v / 255 − 0.5) / 0.25, −2 … 2, in whole steps of v.
 *
 * @param number which one; every number is another picture, its look taken in turn.
 * @returns [3, 32, 32] planar uint8.
 */
export function draw(split: string, glyph: number, number: number): Uint8Array {
  const random = chance('glyphs', split, glyph, number)
  const look = looks[random.below(looks.length)]
  return render(glyphs[glyph].inside, look(glyphs[glyph], random), random)
}
