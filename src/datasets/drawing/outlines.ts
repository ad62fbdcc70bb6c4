import { any, box, disc, type Inside, polygon, without } from '../../drawing/index.ts'

/** A kind of picture: its outline, the hue it tends to (0 red, 1/3 green, 2/3 blue) and what it is filled with. */
export interface Kind {
  name: string
  inside: Inside
  hue: number
  fill: 'flat' | 'stripes' | 'dots' | 'halves'
}

const star = polygon(
  [0, -1],
  [0.26, -0.36],
  [0.95, -0.31],
  [0.42, 0.14],
  [0.59, 0.81],
  [0, 0.45],
  [-0.59, 0.81],
  [-0.42, 0.14],
  [-0.95, -0.31],
  [-0.26, -0.36],
)

/** The classes of Shapes-20 in alphabetical order; a class's number is its place. */
export const kinds: readonly Kind[] = [
  {
    name: 'arrow',
    inside: polygon([0, -1], [0.8, -0.1], [0.3, -0.1], [0.3, 0.95], [-0.3, 0.95], [-0.3, -0.1], [-0.8, -0.1]),
    hue: 0.58,
    fill: 'flat',
  },
  {
    name: 'bolt',
    inside: polygon([0.35, -1], [-0.65, 0.15], [-0.05, 0.15], [-0.35, 1], [0.65, -0.25], [0.08, -0.25]),
    hue: 0.15,
    fill: 'flat',
  },
  {
    name: 'corner',
    inside: any(box(-0.85, -0.85, -0.25, 0.85), box(-0.85, 0.25, 0.85, 0.85)),
    hue: 0.83,
    fill: 'stripes',
  },
  { name: 'crescent', inside: without(disc(-0.1, 0, 0.95), disc(0.35, -0.1, 0.75)), hue: 0.12, fill: 'flat' },
  {
    name: 'cross',
    inside: any(box(-0.3, -0.95, 0.3, 0.95), box(-0.95, -0.3, 0.95, 0.3)),
    hue: 0,
    fill: 'flat',
  },
  { name: 'diamond', inside: polygon([0, -1], [0.7, 0], [0, 1], [-0.7, 0]), hue: 0.5, fill: 'halves' },
  { name: 'disc', inside: disc(0, 0, 0.9), hue: 0.02, fill: 'stripes' },
  {
    name: 'drop',
    inside: any(disc(0, 0.3, 0.65), polygon([0, -1], [0.58, 0.02], [-0.58, 0.02])),
    hue: 0.6,
    fill: 'halves',
  },
  {
    name: 'frame',
    inside: without(box(-0.85, -0.85, 0.85, 0.85), box(-0.45, -0.45, 0.45, 0.45)),
    hue: 0.08,
    fill: 'flat',
  },
  {
    name: 'half-moon',
    inside: (x, y) => y >= -0.45 && x * x + (y + 0.45) * (y + 0.45) <= 0.95,
    hue: 0.3,
    fill: 'stripes',
  },
  {
    name: 'heart',
    inside: any(
      disc(-0.43, -0.35, 0.47),
      disc(0.43, -0.35, 0.47),
      polygon([-0.84, -0.12], [0.84, -0.12], [0, 0.95]),
    ),
    hue: 0.94,
    fill: 'flat',
  },
  {
    name: 'hexagon',
    inside: polygon([-0.95, 0], [-0.48, -0.82], [0.48, -0.82], [0.95, 0], [0.48, 0.82], [-0.48, 0.82]),
    hue: 0.13,
    fill: 'dots',
  },
  {
    name: 'hourglass',
    inside: polygon([-0.75, -0.95], [0.75, -0.95], [0.1, 0], [0.75, 0.95], [-0.75, 0.95], [-0.1, 0]),
    hue: 0.75,
    fill: 'flat',
  },
  {
    name: 'ladder',
    inside: any(
      box(-0.65, -0.95, -0.35, 0.95),
      box(0.35, -0.95, 0.65, 0.95),
      box(-0.5, -0.7, 0.5, -0.42),
      box(-0.5, -0.14, 0.5, 0.14),
      box(-0.5, 0.42, 0.5, 0.7),
    ),
    hue: 0.45,
    fill: 'flat',
  },
  { name: 'ring', inside: without(disc(0, 0, 0.95), disc(0, 0, 0.55)), hue: 0.66, fill: 'flat' },
  { name: 'square', inside: box(-0.78, -0.78, 0.78, 0.78), hue: 0.35, fill: 'dots' },
  {
    name: 'stairs',
    inside: any(box(-0.9, 0.3, 0.9, 0.9), box(-0.3, -0.3, 0.9, 0.3), box(0.3, -0.9, 0.9, -0.3)),
    hue: 0.25,
    fill: 'halves',
  },
  { name: 'star', inside: star, hue: 0.17, fill: 'flat' },
  {
    name: 'three-dots',
    inside: any(disc(-0.5, 0.45, 0.42), disc(0.5, 0.45, 0.42), disc(0, -0.5, 0.42)),
    hue: 0.9,
    fill: 'halves',
  },
  { name: 'triangle', inside: polygon([0, -0.95], [0.95, 0.75], [-0.95, 0.75]), hue: 0.4, fill: 'stripes' },
]
