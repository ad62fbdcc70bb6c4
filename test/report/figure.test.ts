import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeLabels } from '../../src/report/figure/place.ts'
import { type Figure, pngOf, svgOf } from '../../src/report/index.ts'
import { studyReport } from './study.ts'

const figure = (label: string, more: Partial<Figure> = {}): Figure => ({
  title: 'Split Made-Up',
  subtitle: 'Tiny Net · seed 0',
  tasks: 3,
  lines: [
    {
      label,
      role: 'method',
      points: [
        { task: 1, mean: 0.9, sd: 0.01 },
        { task: 2, mean: 0.7, sd: 0.02 },
        { task: 3, mean: 0.6, sd: 0.02 },
      ],
    },
    { label: 'joint.head', role: 'ceiling', points: [{ task: 3, mean: 0.8, sd: null }] },
  ],
  ...more,
})

describe('what a figure shows', () => {
  const [made] = studyReport().figures
  const line = (label: string) => made.lines.find((one) => one.label === label)!
  test('is one line a row, a ceiling having its last point alone', () => {
    expect(made.tasks).toBe(5)
    expect(line('nmc').points.map((point) => point.task)).toEqual([1, 2, 3, 4, 5])
    expect(line('joint.head').points.map((point) => point.task)).toEqual([5])
  })
  test('ends where the table says, test sets being equal', () => {
    const row = studyReport().rows.find((one) => one.method === 'nmc.cosine')!
    expect(line('nmc.cosine').points.at(-1)!.mean).toBeCloseTo(row.metrics['accuracy.last@task'].mean!, 12)
  })
  test('is said above it: backbone, class order, seeds', () => {
    expect(made.subtitle).toBe(
      'Tiny Net · class order numpy 1993 · seed 0, 1 … 5 (6) · band: ± 1 standard deviation',
    )
  })
})

describe('the SVG', () => {
  test('looks as it did', async () => {
    await expect(await svgOf(studyReport().figures[0])).toMatchFileSnapshot('../golden/report/accuracy.svg')
  })
  test('is the same bytes twice', async () => {
    expect(await svgOf(figure('nmc'))).toBe(await svgOf(figure('nmc')))
  })
  test('shows a hostile name as text', async () => {
    const svg = await svgOf(figure('"><script>x</script>', { title: '<img src=x onerror=alert(1)> & more' }))
    expect(svg).not.toMatch(/<(script|img)/)
    expect(svg).toContain('&lt;img src=x')
    expect(svg).toContain('&lt;script&gt;')
  })
  test('writes every label once, cut ones with a mark', async () => {
    const svg = await svgOf(figure('n'.repeat(80)))
    expect(svg).toMatch(/>n{20,}…\u2002?60\.0</u)
    expect(svg).toMatch(/>joint\.head\u200280\.0</u)
  })
  test.each([1, 2, 10, 20, 50])('has at most about 20 ticks for %i tasks', async (tasks) => {
    const points = Array.from({ length: tasks }, (_, k) => ({ task: k + 1, mean: 0.5, sd: null }))
    const svg = await svgOf(figure('nmc', { tasks, lines: [{ label: 'nmc', role: 'method', points }] }))
    const ticks = [...svg.matchAll(/<text[^>]*>(\d+)<\/text>/g)].length
    expect(ticks).toBeGreaterThan(Math.min(tasks, 10))
    expect(ticks).toBeLessThan(20 + 15)
    expect(svg).not.toContain('NaN')
  })
})

describe('the PNG', () => {
  test('has text in it: without its labels it is another picture', async () => {
    const svg = await svgOf(figure('nmc'))
    const bare = svg.replace(/<text[^>]*>[^<]*<\/text>/g, '')
    expect(bare.length).toBeLessThan(svg.length)
    const [full, empty] = await Promise.all([pngOf(svg), pngOf(bare)])
    expect(full.length).toBeGreaterThan(empty.length * 1.3)
  })
  test('is twice the size of the drawing', async () => {
    const svg = await svgOf(figure('nmc'))
    const width = Number(/ width="(\d+)"/.exec(svg)![1])
    expect(Buffer.from(await pngOf(svg)).readUInt32BE(16)).toBe(2 * width)
  })
})

describe('labels', () => {
  test('stay where there is room', () => expect(placeLabels([10, 50, 90], 15, 0, 100)).toEqual([10, 50, 90]))
  test('that crowd share their middle', () =>
    expect(placeLabels([50, 50, 52], 10, 0, 100)).toEqual([50 + 2 / 3 - 10, 50 + 2 / 3, 50 + 2 / 3 + 10]))
  test('never overlap, keep their order and stay inside', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 360, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (wanted) => {
          const places = placeLabels(wanted, 15, 0, 360)
          const order = wanted.map((_, k) => k).sort((a, b) => wanted[a] - wanted[b] || a - b)
          const sorted = order.map((k) => places[k])
          for (let k = 1; k < sorted.length; k++)
            expect(sorted[k] - sorted[k - 1]).toBeGreaterThanOrEqual(15 - 1e-9)
          expect(sorted[0]).toBeGreaterThanOrEqual(-1e-9)
          expect(sorted.at(-1)!).toBeLessThanOrEqual(360 + 1e-9)
        },
      ),
    )
  })
})
