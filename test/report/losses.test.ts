import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunRecord } from '../../src/record/index.ts'
import { report, svgOf, writeReport } from '../../src/report/index.ts'
import { makeRun, metrics, suite, trained } from './study.ts'

/** A record whose every task begins at this loss and falls by a twentieth of itself in each stretch. */
function withLosses(record: RunRecord, begins: number): RunRecord {
  return {
    ...record,
    events: record.events.map((event) =>
      event.kind === 'learn'
        ? { ...event, losses: { learn: Array.from({ length: 20 }, (_, k) => begins * 0.95 ** k) } }
        : event,
    ),
  }
}

const records = [
  withLosses(makeRun({ method: 'naive', seed: 0, needs: trained }), 2),
  withLosses(makeRun({ method: 'naive', seed: 1, needs: trained }), 2.2),
  withLosses(makeRun({ method: 'er', seed: 0, needs: trained }), 1.5),
  makeRun({ method: 'nmc', seed: 0 }),
]
const made = report(records, { metrics, suite })

test('the figure of losses has a line a method that tells them, a point a stretch, means over its runs', () => {
  const [figure] = made.losses
  expect(figure.lines.map(({ label }) => label)).toEqual(['naive', 'er'])
  const [first] = figure.lines[0].points
  expect(figure.lines[0].points.length).toBe(20 * figure.tasks)
  expect(first.task).toBeCloseTo(0.025)
  expect(first.mean).toBeCloseTo(2.1)
  expect(first.sd).toBeCloseTo(Math.SQRT2 / 10)
})

test('it looks as it did', async () => {
  await expect(await svgOf(made.losses[0])).toMatchFileSnapshot('../golden/report/loss.svg')
})

test('it is written only where a record tells losses', async () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'streambed-losses-'))
  const names = async (of: readonly RunRecord[]) =>
    (await writeReport(report(of, { metrics, suite }), folder(), ['svg'])).map((file) => basename(file))
  expect(await names(records)).toEqual(['accuracy.svg', 'loss.svg'])
  expect(await names(records.slice(3))).toEqual(['accuracy.svg'])
})
