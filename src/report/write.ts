import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { either, StreambedError } from '../error.ts'
import { publish, publishText } from '../files/index.ts'
import { exporters } from './exporters/index.ts'
import { pngOf, svgOf } from './figure/draw.ts'
import type { Report } from './report.ts'

/** What `writeReport` can write: tables as `md`, `csv` and `latex`, rows as `json`, figures as `svg` and `png`. */
export const reportFormats = ['md', 'csv', 'latex', 'json', 'svg', 'png'] as const
export type ReportFormat = (typeof reportFormats)[number]

/**
 * Writes `table.md`, `table.csv`, `table.tex`, `accuracy.svg` and `accuracy.png`, where records tell training losses
 * `loss.svg` and `loss.png`, with the table's name in each when there are several, and one `report.json`. Each file is
 * replaced whole or not at all; of one table that became several, the files under plain names go.
 *
 * @returns the paths written.
 * @throws unknown-format, before anything is written.
 */
export async function writeReport(
  report: Report,
  folder: string,
  formats: readonly ReportFormat[] = reportFormats,
): Promise<string[]> {
  const unknown = formats.find((format) => !reportFormats.includes(format))
  if (unknown !== undefined) {
    throw new StreambedError('unknown-format', {
      what: `A report can't be written as ${unknown}.`,
      where: 'formats',
      mend: `Ask for ${either(reportFormats)}.`,
    })
  }
  const written: string[] = []
  const place = (file: string) => {
    written.push(join(folder, file))
    return join(folder, file)
  }
  const wants = (format: ReportFormat) => formats.includes(format)
  const texts = exporters.filter(({ name }) => name !== 'json' && formats.some((format) => format === name))
  for (const [k, table] of report.tables.entries()) {
    const suffix = report.tables.length === 1 ? '' : `-${table.name}`
    for (const exporter of texts) {
      publishText(
        place(`table${suffix}.${exporter.extension}`),
        exporter.write({ ...report, tables: [table] }),
      )
    }
    if (!wants('svg') && !wants('png')) continue
    for (const [name, figure] of Object.entries({ accuracy: report.figures[k], loss: report.losses[k] })) {
      if (figure.lines.length === 0) continue // no run has finished, or none tells it: there is nothing to draw
      const svg = await svgOf(figure)
      if (wants('svg')) publishText(place(`${name}${suffix}.svg`), svg)
      if (wants('png')) publish(place(`${name}${suffix}.png`), [await pngOf(svg)])
    }
  }
  // Where there was one table and are several now, the one of before must not pass for one of them.
  if (report.tables.length > 1) {
    const plain = texts.map(({ extension }) => `table.${extension}`)
    for (const format of ['svg', 'png'] as const) {
      if (wants(format)) plain.push(`accuracy.${format}`, `loss.${format}`)
    }
    for (const file of plain) rmSync(join(folder, file), { force: true })
  }
  if (wants('json')) publishText(place('report.json'), exporterNamed('json').write(report))
  return written
}

/** @throws unknown-format */
export function exporterNamed(name: string) {
  const exporter = exporters.find((candidate) => candidate.name === name)
  if (exporter !== undefined) return exporter
  throw new StreambedError('unknown-format', {
    what: `There is no report format called ${name}.`,
    where: '--format',
    mend: `Ask for ${either(exporters.map((candidate) => candidate.name))}.`,
  })
}
