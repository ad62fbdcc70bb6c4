/** Whether a point lies inside a shape. The shape fills about −1 … 1 on both axes; y points down. */
export type Inside = (x: number, y: number) => boolean

export type Corner = readonly [x: number, y: number]

export const disc: (cx: number, cy: number, r: number) => Inside = (cx, cy, r) => (x, y) =>
  (x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r

export const box: (left: number, top: number, right: number, bottom: number) => Inside =
  (left, top, right, bottom) => (x, y) =>
    x >= left && x <= right && y >= top && y <= bottom

export const any: (...shapes: Inside[]) => Inside =
  (...shapes) =>
  (x, y) => {
    for (let i = 0; i < shapes.length; i++) if (shapes[i](x, y)) return true
    return false
  }

export const without: (whole: Inside, hole: Inside) => Inside = (whole, hole) => (x, y) =>
  whole(x, y) && !hole(x, y)

/** Inside a closed line of corners (even-odd rule). */
export function polygon(...corners: Corner[]): Inside {
  const xs = Float64Array.from(corners, ([x]) => x)
  const ys = Float64Array.from(corners, ([, y]) => y)
  return (x, y) => {
    let inside = false
    for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
      if (ys[i] > y !== ys[j] > y && x < ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i])
        inside = !inside
    }
    return inside
  }
}
