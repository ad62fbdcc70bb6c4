/**
 * Where labels stand so that none overlaps another and each is as near to its own place as can be.
 *
 * `wanted` and the result are centres in pixels, in any order; `gap` is the least distance of two centres. Labels
 * that crowd form a block around the mean of what its members want (pool adjacent violators), within `from` … `to`
 * if all fit there.
 */
export function placeLabels(wanted: readonly number[], gap: number, from: number, to: number): number[] {
  const order = wanted.map((_, k) => k).sort((a, b) => wanted[a] - wanted[b] || a - b)
  const last = (count: number) => Math.max(from, to - (count - 1) * gap)
  let blocks: { start: number; members: number[] }[] = []
  for (const label of order) {
    blocks.push({ start: within(wanted[label], from, last(1)), members: [label] })
    while (blocks.length > 1) {
      const [above, below] = blocks.slice(-2)
      if (above.start + above.members.length * gap <= below.start) break
      const members = [...above.members, ...below.members]
      const centre = members.reduce((sum, member, k) => sum + wanted[member] - k * gap, 0) / members.length
      blocks = [...blocks.slice(0, -2), { start: within(centre, from, last(members.length)), members }]
    }
  }
  const places = new Array<number>(wanted.length)
  for (const { start, members } of blocks)
    members.forEach((member, k) => {
      places[member] = start + k * gap
    })
  return places
}

const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
