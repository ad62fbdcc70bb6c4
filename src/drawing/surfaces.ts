import type { Chance } from '../tensor/index.ts'
import { between, brightness, type Colour, hsv } from './colour.ts'

/** What stands at one place of a picture: x and y are −1 … 1 over the whole picture. */
export type Surface = (x: number, y: number) => Colour

/** How one picture is painted, drawn by chance for its look. */
export interface Paint {
  ground: Surface
  /** Colour of the shape, in its own coordinates. */
  body: Surface
  /** Colour of the line around the shape, or `null` for none. */
  line: Colour | null
  /** Standard deviation of the grain on the finished picture, 0 … 1. */
  grain: number
}

/** A muted colour whose brightness differs from `colour` by at least `least`. */
export function contrasting(colour: Colour, random: Chance, least: number): Colour {
  const light = brightness(colour)
  while (true) {
    const found = hsv(random.float(), between(random, 0, 0.25), between(random, 0.08, 1))
    if (Math.abs(brightness(found) - light) >= least) return found
  }
}

/** Light falling from one side. */
export function lit(colour: Colour, random: Chance, strength: number): Surface {
  const across = between(random, -strength, strength)
  const down = between(random, -strength, strength)
  return (x, y) => {
    const gain = 1 + across * x + down * y
    return [colour[0] * gain, colour[1] * gain, colour[2] * gain]
  }
}

/** Stripes of two colours, leaning by chance; `across` of them go to one unit. */
export function stripes(a: Colour, b: Colour, across: number, random: Chance): Surface {
  const slope = between(random, -1, 1)
  return (x, y) => (Math.floor((x + slope * y) * across) % 2 === 0 ? a : b)
}
