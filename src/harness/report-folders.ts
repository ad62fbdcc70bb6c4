import { type ExpectedRun, exporterNamed, report, writeReport } from '../report/index.ts'
import { openStore } from '../store/index.ts'

export interface ReportSettings {
  /** Results folders of suites, or folders of single runs; several are put beside each other. */
  folders: readonly string[]
  /** What `text` is. Default `terminal`. */
  format?: 'terminal' | 'md' | 'csv' | 'latex' | 'json'
  /** Metric ids; default those of the suite. */
  metrics?: readonly string[]
  /** Also write every table and figure into the first folder. */
  write?: boolean
  /** Columns of the terminal. */
  width?: number
  /** Colours, for the terminal. */
  colour?: boolean
}

export interface ReportResult {
  text: string
  files: readonly string[]
  /** Runs of the grid are missing, unfinished or failed. */
  incomplete: boolean
  remarks: readonly string[]
}

/** Shown for a single run, which no suite has chosen metrics for. */
const usualMetrics = [
  'accuracy.last@sample',
  'accuracy.average@sample',
  'forgetting@chaudhry18',
  'bwt@lopezpaz17',
]

/** Tables and figures from records alone: no model, no data, no method is touched. */
export async function reportFolders(settings: ReportSettings): Promise<ReportResult> {
  const stores = settings.folders.map((folder) => openStore(folder))
  const contents = stores.map((store) => store.read())
  const grids = stores.flatMap((store) => store.grid ?? [])
  const suite = grids[0]?.suite ?? { name: 'single run', id: '–', title: '', metrics: usualMetrics }
  const records = contents.flatMap((content) => content.records)
  const drawn = report(records, {
    metrics: settings.metrics ?? suite.metrics,
    suite: { name: suite.name, id: suite.id },
    expected: grids.flatMap((grid) => grid.cells.flatMap(expectedRun)),
    excluded: grids.flatMap((grid) => grid.exclude),
  })
  const missing = contents.flatMap((content) => content.missing)
  const stale = contents.flatMap((content) => content.stale)
  const remarks = contents.flatMap((content) => content.remarks)
  if (missing.length > 0) remarks.push(`${missing.length} runs of the suite have no record yet.`)
  if (stale.length > 0) {
    remarks.push(
      `${stale.length} records in this folder are of an earlier suite or method and are left out, for example ${stale[0]}.`,
    )
  }
  return {
    text: exporterNamed(settings.format ?? 'terminal').write(drawn, {
      width: settings.width,
      colour: settings.colour,
    }),
    files: settings.write ? await writeReport(drawn, stores[0].folder) : [],
    incomplete: missing.length > 0 || records.some((record) => record.state !== 'finished'),
    remarks,
  }
}

function expectedRun(cell: {
  id: string
  stream?: ExpectedRun['stream']
  backbone?: ExpectedRun['backbone']
  method?: ExpectedRun['method']
}): ExpectedRun[] {
  const { id, stream, backbone, method } = cell
  return stream && method ? [{ run: id, stream, backbone: backbone ?? null, method }] : []
}
