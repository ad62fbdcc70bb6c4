/**
 * Calm colours that stay apart for colour-blind readers (after Okabe and Ito, 2008, darkened until text in them can
 * be read on white), each with a marker of its own so that a grey print can be read too.
 */
const hues = ['#0b6aa8', '#c4500a', '#00805e', '#a8457f', '#8a6a00', '#2f8fb8', '#7a1f3d', '#4b4fa3'] as const
const shapes = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'triangle-down',
  'cross',
  'triangle-right',
  'triangle-left',
] as const
const dashes = [[], [7, 3], [2, 2]] as const

export const ink = {
  title: '#1f1f1f',
  text: '#5c5c5c',
  axis: '#8c8c8c',
  grid: '#ececec',
  reference: '#757575',
} as const

export interface Style {
  colour: string
  shape: (typeof shapes)[number]
  /** Every second marker is hollow. */
  filled: boolean
  dash: readonly number[]
}

/** The style of the k-th method: eight hues and markers, then the same hues dashed. */
export function styleOf(k: number): Style {
  const turn = Math.floor(k / hues.length)
  return {
    colour: hues[k % hues.length],
    shape: shapes[k % shapes.length],
    filled: k % 2 === 0,
    dash: dashes[turn % dashes.length],
  }
}
