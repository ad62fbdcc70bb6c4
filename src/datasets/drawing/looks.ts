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
  stripes,
} from '../../drawing/index.ts'
import type { Chance } from '../../tensor/index.ts'
import type { Kind } from './outlines.ts'

/** The domains of Shapes-20; a domain's number is its place. */
export const looks = ['plain', 'textured', 'night', 'sketch'] as const
export type Look = (typeof looks)[number]

export const painters: Record<Look, (kind: Kind, random: Chance) => Paint> = {
  /** A coloured thing before an even, lit wall. */
  plain(kind, random) {
    const colour = ownColour(kind, random, 0.55, 0.9)
    const wall = contrasting(colour, random, 0.3)
    return {
      ground: lit(wall, random, 0.18),
      body: filled(kind, colour, random),
      line: null,
      grain: between(random, 0.01, 0.04),
    }
  },

  /** The same before stripes, checks or blotches. */
  textured(kind, random) {
    const colour = ownColour(kind, random, 0.6, 0.95)
    const a = contrasting(colour, random, 0.25)
    const b = mix(
      a,
      hsv(random.float(), between(random, 0, 0.3), between(random, 0.3, 0.95)),
      between(random, 0.3, 0.6),
    )
    const line = random.float() < 0.5 ? mix(colour, [0, 0, 0], 0.6) : null
    return {
      ground: pattern(a, b, random),
      body: filled(kind, colour, random),
      line,
      grain: between(random, 0.02, 0.06),
    }
  },

  /** Little light, strong grain, a glow around the thing. */
  night(kind, random) {
    const colour = ownColour(kind, random, 0.36, 0.6)
    const sky = hsv(between(random, 0.55, 0.75), between(random, 0.3, 0.7), between(random, 0.04, 0.16))
    return {
      ground: lit(sky, random, 0.1),
      body: filled(kind, colour, random),
      line: mix(colour, sky, 0.55),
      grain: between(random, 0.03, 0.07),
    }
  },

  /** Pencil on paper: outline and hatching. */
  sketch(kind, random) {
    const paper = hsv(between(random, 0.08, 0.16), between(random, 0.02, 0.14), between(random, 0.84, 0.98))
    const pencil = mix(ownColour(kind, random, 0.35, 0.6), [0.15, 0.15, 0.17], between(random, 0.1, 0.35))
    return {
      ground: lit(paper, random, 0.08),
      body: stripes(pencil, paper, between(random, 3, 5), random),
      line: pencil,
      grain: between(random, 0.01, 0.035),
    }
  },
}

/** A kind's hue, scattered: neighbours overlap, so colour alone does not tell the kinds apart. */
function ownColour(kind: Kind, random: Chance, darkest: number, lightest: number): Colour {
  const hue = kind.hue + 0.04 * bell(random)
  return hsv(hue, between(random, 0.65, 1), between(random, darkest, lightest))
}

function filled({ fill }: Kind, colour: Colour, random: Chance): Surface {
  const other = mix(colour, brightness(colour) > 0.45 ? [0, 0, 0] : [1, 1, 1], between(random, 0.35, 0.6))
  if (fill === 'flat') return lit(colour, random, 0.15)
  if (fill === 'halves') return (x) => (x < 0 ? colour : other)
  if (fill === 'stripes') {
    const width = between(random, 0.26, 0.36)
    return (_, y) => (Math.floor(y / width) % 2 === 0 ? colour : other)
  }
  const pitch = between(random, 0.55, 0.7)
  return (x, y) => {
    const dx = x / pitch - Math.round(x / pitch)
    const dy = y / pitch - Math.round(y / pitch)
    return dx * dx + dy * dy < 0.09 ? other : colour
  }
}

/** Stripes, checks or blotches of two colours. */
function pattern(a: Colour, b: Colour, random: Chance): Surface {
  const kind = random.below(3)
  const pitch = between(random, 2, 4.5)
  if (kind === 0) return stripes(a, b, pitch, random)
  if (kind === 1) {
    const shift = random.float()
    return (x, y) => ((Math.floor(x * pitch + shift) + Math.floor(y * pitch + shift)) % 2 === 0 ? a : b)
  }
  const side = 6
  const height = Array.from({ length: side * side }, () => random.float())
  const at = (column: number, row: number) =>
    height[Math.min(row, side - 1) * side + Math.min(column, side - 1)]
  return (x, y) => {
    const u = Math.min(0.999, Math.max(0, (x + 1) / 2)) * (side - 1)
    const v = Math.min(0.999, Math.max(0, (y + 1) / 2)) * (side - 1)
    const i = Math.floor(u)
    const j = Math.floor(v)
    const top = at(i, j) + (at(i + 1, j) - at(i, j)) * (u - i)
    const bottom = at(i, j + 1) + (at(i + 1, j + 1) - at(i, j + 1)) * (u - i)
    return mix(a, b, top + (bottom - top) * (v - j))
  }
}
