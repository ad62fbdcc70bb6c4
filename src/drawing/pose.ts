import type { Chance } from '../tensor/index.ts'
import { between } from './colour.ts'

/** x′ = xx·x + xy·y + x0 and y′ = yx·x + yy·y + y0: from picture coordinates to the shape's own. */
export interface Pose {
  xx: number
  xy: number
  x0: number
  yx: number
  yy: number
  y0: number
}

/** Place, size, turn and lean of the shape. */
export function drawnPose(random: Chance): Pose {
  const size = between(random, 0.6, 0.88)
  const stretch = between(random, 0.85, 1.18)
  const lean = between(random, -0.15, 0.15)
  const room = 0.95 - size
  const left = between(random, -room, room)
  const top = between(random, -room, room)
  // A turn by 2·atan(t), written without a sine: at most ±25°.
  const t = between(random, -0.22, 0.22)
  const cosine = (1 - t * t) / (1 + t * t)
  const sine = (2 * t) / (1 + t * t)
  const across = 1 / (size * stretch)
  const down = stretch / size
  const xx = cosine * across
  const xy = (sine + lean) * down
  const yx = -sine * across
  const yy = cosine * down
  return { xx, xy, x0: -(xx * left + xy * top), yx, yy, y0: -(yx * left + yy * top) }
}
