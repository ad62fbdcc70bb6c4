import {
  bell,
  between,
  brightness,
  type Colour,
  contrasting,
  hsv,
  lit,
  mix,
  type Paint,
  type Surface,
} from '../drawing/index.ts'
import type { Chance } from '../tensor/index.ts'
import type { Glyph } from './glyphs.ts'

/** In which ways a glyph is painted. */
export const looks: readonly ((glyph: Glyph, random: Chance) => Paint)[] = [dusk, board, mesh, ripples, haze]

/** Before a ground that runs from one colour to another. */
function dusk(glyph: Glyph, random: Chance): Paint {
  const colour = ownColour(glyph, random, 0.5, 1)
  return {
    ground: graded(contrasting(colour, random, 0.25), contrasting(colour, random, 0.25), random),
    body: filled(glyph, colour, random),
    line: null,
    grain: between(random, 0.01, 0.06),
  }
}

/** Chalk on a dark board. */
function board(glyph: Glyph, random: Chance): Paint {
  const slate = hsv(random.float(), between(random, 0.1, 0.5), between(random, 0.1, 0.3))
  const chalk = mix(ownColour(glyph, random, 0.8, 1), [1, 1, 1], between(random, 0, 0.25))
  const faint = filled(glyph, mix(chalk, slate, between(random, 0.3, 0.6)), random)
  return {
    ground: lit(slate, random, 0.3),
    body: faint,
    line: chalk,
    grain: between(random, 0.02, 0.07),
  }
}

/** Before a net of thin lines. */
function mesh(glyph: Glyph, random: Chance): Paint {
  const colour = ownColour(glyph, random, 0.4, 0.95)
  const [wall, thread] = [contrasting(colour, random, 0.3), contrasting(colour, random, 0.2)]
  const pitch = between(random, 2.5, 5)
  const shift = random.float()
  const thin = (at: number) => at * pitch + shift - Math.floor(at * pitch + shift) < 0.22
  const slope = between(random, -0.5, 0.5)
  return {
    ground: (x, y) => (thin(x + slope * y) || thin(y - slope * x) ? thread : wall),
    body: filled(glyph, colour, random),
    line: random.float() < 0.3 ? mix(colour, [1, 1, 1], 0.6) : null,
    grain: between(random, 0.01, 0.05),
  }
}

/** Before rings around a place at the side. */
function ripples(glyph: Glyph, random: Chance): Paint {
  const colour = ownColour(glyph, random, 0.5, 1)
  const a = contrasting(colour, random, 0.25)
  const b = mix(a, hsv(random.float(), between(random, 0, 0.4), random.float()), between(random, 0.3, 0.5))
  const [cx, cy, pitch] = [between(random, -1, 1), between(random, -1, 1), between(random, 1.5, 3.5)]
  return {
    ground: (x, y) => (Math.floor(((x - cx) ** 2 + (y - cy) ** 2) * pitch) % 2 === 0 ? a : b),
    body: filled(glyph, colour, random),
    line: random.float() < 0.3 ? mix(colour, [0, 0, 0], 0.6) : null,
    grain: between(random, 0.01, 0.05),
  }
}

/** Behind fog: everything is nearer to one colour. */
function haze(glyph: Glyph, random: Chance): Paint {
  const fog = hsv(random.float(), between(random, 0, 0.2), between(random, 0.1, 0.9))
  const density = between(random, 0.3, 0.6)
  const colour = ownColour(glyph, random, 0.4, 1)
  const veiled =
    (surface: Surface): Surface =>
    (x, y) =>
      mix(surface(x, y), fog, density)
  return {
    ground: veiled(lit(contrasting(colour, random, 0.4), random, 0.4)),
    body: veiled(filled(glyph, colour, random)),
    line: null,
    grain: between(random, 0.01, 0.04),
  }
}

/** A glyph's hue, scattered. */
function ownColour({ hue }: Glyph, random: Chance, darkest: number, lightest: number): Colour {
  return hsv(hue + 0.05 * bell(random), between(random, 0.5, 1), between(random, darkest, lightest))
}

/** From one colour to another, in a direction of chance. */
function graded(a: Colour, b: Colour, random: Chance): Surface {
  const [across, down] = [between(random, -0.5, 0.5), between(random, -0.5, 0.5)]
  return (x, y) => mix(a, b, Math.min(1, Math.max(0, 0.5 + across * x + down * y)))
}

function filled({ filling }: Glyph, colour: Colour, random: Chance): Surface {
  const other = mix(colour, brightness(colour) > 0.4 ? [0, 0, 0] : [1, 1, 1], between(random, 0.3, 0.6))
  const width = between(random, 0.25, 0.4)
  const even = (value: number) => Math.floor(value / width) % 2 === 0
  switch (filling) {
    case 'flat':
      return lit(colour, random, 0.2)
    case 'bars':
      return (x) => (even(x) ? colour : other)
    case 'checks':
      return (x, y) => (even(x) === even(y) ? colour : other)
    case 'rings':
      return (x, y) => (even(Math.sqrt(x * x + y * y)) ? colour : other)
    case 'graded':
      return (x, y) => mix(colour, other, Math.min(1, Math.max(0, 0.5 + 0.5 * (x + y))))
  }
}
