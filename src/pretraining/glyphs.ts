import { any, box, type Corner, disc, type Inside, polygon, without } from '../drawing/index.ts'
import { type Chance, chance } from '../tensor/index.ts'

/** What a figure is filled with. */
export const fillings = ['flat', 'bars', 'checks', 'rings', 'graded'] as const

/** A class of pictures: an outline, the hue it tends to (0 red, 1/3 green, 2/3 blue) and what it is filled with. */
export interface Glyph {
  inside: Inside
  hue: number
  filling: (typeof fillings)[number]
}

/** Four ways to make an outline that nobody has a name for. */
const makers: readonly ((random: Chance) => Inside)[] = [strokes, jagged, scattered, pierced]
const outlines = 64
const coats = 2

/**
 * The classes that the small backbones are pretrained on: 64 outlines drawn by chance — strokes like letters, jagged
 * stars, scattered spots, pierced blocks — in two coats each, a hue and a filling. Two classes in 128 differ by the
 * coat alone, so that neither outline nor coat tells them all apart.
 *
 * Places lie on a grid of 1/64, so that every machine has the same outlines.
 */
export const glyphs: readonly Glyph[] = Array.from({ length: outlines }, (_, i) => {
  const random = chance('glyphs', i)
  const inside = makers[i % makers.length](random)
  const [hue, filling] = [random.float(), random.below(fillings.length)]
  return Array.from({ length: coats }, (_, coat) => ({
    inside,
    hue: hue + coat / coats,
    filling: fillings[(filling + coat) % fillings.length],
  }))
}).flat()

function onGrid(value: number): number {
  return Math.round(value * 64) / 64
}

function place(random: Chance, reach: number): number {
  return onGrid(reach * (2 * random.float() - 1))
}

/** Three to five straight strokes between places of a 3 × 3 grid, each beginning where one before it passed. */
function strokes(random: Chance): Inside {
  const at = (spot: number): Corner => [(spot % 3) * 0.8 - 0.8, Math.floor(spot / 3) * 0.8 - 0.8]
  const width = onGrid(0.14 + 0.08 * random.float())
  const touched = [random.below(9)]
  const parts = Array.from({ length: 3 + random.below(3) }, () => {
    const from = touched[random.below(touched.length)]
    let to = random.below(9)
    while (touched.includes(to)) to = random.below(9)
    touched.push(to)
    return stroke(at(from), at(to), width)
  })
  return any(...parts)
}

/** All within `width` of the line between two places. */
function stroke([ax, ay]: Corner, [bx, by]: Corner, width: number): Inside {
  const [dx, dy] = [bx - ax, by - ay]
  const square = dx * dx + dy * dy
  return (x, y) => {
    const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square))
    const [ex, ey] = [x - ax - along * dx, y - ay - along * dy]
    return ex * ex + ey * ey <= width * width
  }
}

/** A closed line of six to eleven corners around the middle, their distances far apart. */
function jagged(random: Chance): Inside {
  const corners = 6 + random.below(6)
  const start = random.float()
  return polygon(
    ...Array.from({ length: corners }, (_, i): Corner => {
      const angle = 2 * Math.PI * ((i + 0.5 * random.float()) / corners + start)
      const reach = random.float() < 0.5 ? 0.3 + 0.2 * random.float() : 0.8 + 0.2 * random.float()
      return [onGrid(reach * Math.cos(angle)), onGrid(reach * Math.sin(angle))]
    }),
  )
}

/** Four to seven spots, round or square, that may touch. */
function scattered(random: Chance): Inside {
  return any(
    ...Array.from({ length: 4 + random.below(4) }, () => {
      const [x, y] = [place(random, 0.75), place(random, 0.75)]
      const size = onGrid(0.16 + 0.14 * random.float())
      return random.float() < 0.5 ? disc(x, y, size) : box(x - size, y - 0.8 * size, x + size, y + 0.8 * size)
    }),
  )
}

/** Two boxes, one over the other, with two round holes. */
function pierced(random: Chance): Inside {
  const whole = any(
    ...Array.from({ length: 2 }, () => {
      const [x, y] = [place(random, 0.4), place(random, 0.4)]
      const [w, h] = [0.3 + 0.4 * random.float(), 0.3 + 0.4 * random.float()].map(onGrid)
      return box(x - w, y - h, x + w, y + h)
    }),
  )
  const hole = () => disc(place(random, 0.6), place(random, 0.6), onGrid(0.18 + 0.15 * random.float()))
  return without(without(whole, hole()), hole())
}
