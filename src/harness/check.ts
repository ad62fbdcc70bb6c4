import { classOverlap, inputModel } from '../backbones/index.ts'
import { embeddingsOutstanding } from '../embeddings/index.ts'
import { hostPrepares } from '../pictures/index.ts'
import type { FeaturePlan } from '../protocol/index.ts'
import { readRecord, recordState } from '../record/index.ts'
import { openSession, Tensor } from '../runtime/index.ts'
import { orderName } from '../streams/index.ts'
import { prepare } from './prepare.ts'
import type { Settings } from './settings.ts'

/** Pictures in the sample that tells this machine's speed; the first batch only warms up. */
const sampleBatch = 8

/**
 * Checks a suite whole and says what it would take: time, disk and operations. Runs nothing of it.
 *
 * Time for embeddings is measured now, on a few blank pictures; time for runs is that of runs already done.
 */
export async function check(settings: Settings): Promise<string> {
  const { suite, streams, backbones, datasets, wanted: runs, notes } = await prepare(settings)
  const lines = [`${suite.name}  (suite ${suite.id})`, '']
  for (const dataset of datasets) {
    const { train, test } = dataset.splits
    lines.push(
      `data      ${dataset.name}: ${count(train.size)} train, ${count(test.size)} test; ${dataset.status}; id ${dataset.id}`,
    )
  }
  for (const { stream } of streams) {
    lines.push(
      `stream    ${stream.name}, order ${orderName(stream.order)}: ${stream.tasks.length} tasks, ${stream.scenario}; id ${stream.id}`,
    )
  }
  for (const { backbone, operationsPerImage } of backbones) {
    lines.push(
      `backbone  ${backbone.name}: golden embeddings reproduced${backbone.passport.golden.images.length === 0 ? ' at its own size' : ''}; ${(operationsPerImage / 1e9).toFixed(3)} GFLOP an image`,
    )
    for (const dataset of datasets) lines.push(`          ${overlapLine(backbone.passport, dataset)}`)
  }
  lines.push(`methods   ${suite.methods.map(({ label }) => label).join(', ')}: needs met by every stream`)
  for (const note of notes) lines.push(`note      ${note}`)
  lines.push('')

  let bytes = 0
  let embedSeconds = 0
  for (const features of distinct(runs.map((plan) => plan.features))) {
    const open = embeddingsOutstanding(features)
    const speed = open.images > 0 ? await imagesPerSecond(features) : undefined
    bytes += open.bytes
    if (speed) embedSeconds += open.images / speed
    const todo =
      speed === undefined
        ? 'all in the cache'
        : `${count(open.images)} to compute at about ${speed.toFixed(0)} images/s: ${duration(open.images / speed)}, ${megabytes(open.bytes)}`
    lines.push(`embed     ${features.dataset.name} · ${features.backbone.name}: ${todo}`)
  }
  const states = runs.map((plan) => recordState(plan.folder))
  const done = states.filter((state) => state === 'finished').length
  const seconds = runs
    .filter((_, i) => states[i] === 'finished')
    .flatMap((plan) =>
      readRecord(plan.folder).measurements.flatMap((m) => (m.kind === 'end' ? [m.secondsWall] : [])),
    )
    .sort((a, b) => a - b)
  const median = seconds[Math.floor(seconds.length / 2)]
  const open = runs.length - done
  const time =
    open === 0
      ? ''
      : median === undefined
        ? '; time unknown before the first'
        : `; about ${duration(open * median)} (median ${median.toFixed(1)} s a run so far)`
  lines.push(`runs      ${runs.length}, of which ${done} are done${time}`)
  const flops = runs.reduce((sum, { features, stream }) => {
    const images = stream.chunks.reduce((n, chunk) => n + chunk.length, 0)
    return sum + images * features.operationsPerImage
  }, 0)
  lines.push(
    `compute   ${operations(flops)} of backbone passes if each run stood alone; the cache does each pass once`,
  )
  lines.push(
    `in all    ${duration(embedSeconds + (median ?? 0) * open)} and ${megabytes(bytes)} of disk${median === undefined && open > 0 ? ', the runs themselves not counted' : ''}`,
  )
  if (suite.budget.hours !== undefined && embedSeconds > suite.budget.hours * 3600) {
    lines.push(`budget    more than the suite's ${suite.budget.hours} h`)
  }
  return lines.join('\n')
}

function overlapLine(
  passport: Parameters<typeof classOverlap>[0],
  dataset: { name: string; classes: readonly string[] },
): string {
  const overlap = classOverlap(passport, dataset.classes, dataset.name)
  if (overlap === 'unknown') return `pretraining undeclared: overlap with ${dataset.name} unknown`
  const parts: string[] = []
  if (overlap.sameDataset) parts.push(`pretrained on ${dataset.name} itself`)
  if (overlap.same.length > 0) {
    parts.push(
      `${overlap.same.length} of ${dataset.classes.length} classes of ${dataset.name} are ImageNet-1k's: ${overlap.same.map((one) => one.class).join(', ')}`,
    )
  }
  if (overlap.unlisted.length > 0) parts.push(`overlap with ${overlap.unlisted.join(', ')} unknown`)
  return parts.join('; ') || `no class of ${dataset.name} in what was declared`
}

async function imagesPerSecond(features: FeaturePlan): Promise<number> {
  const { backbone, preprocessing, dataset, threads, device = 'cpu' } = features
  const input = backbone.passport.input
  const hostPrepared = hostPrepares(dataset.image, preprocessing)
  const size = hostPrepared || dataset.image === 'varied' ? input : dataset.image
  const model = await inputModel(backbone, { preprocessing, image: size, hostPrepared })
  const session = await openSession(model, { threads, device, label: backbone.name })
  const pixels = new Uint8Array(sampleBatch * 3 * size.height * size.width)
  const step = () =>
    session.run({ pixels: new Tensor('uint8', pixels, [sampleBatch, 3, size.height, size.width]) })
  try {
    await step()
    const start = performance.now()
    let batches = 0
    while (batches < 2 || performance.now() - start < 1000) {
      await step()
      batches++
    }
    return (batches * sampleBatch * 1000) / (performance.now() - start)
  } finally {
    await session.release()
  }
}

function distinct(features: readonly FeaturePlan[]): FeaturePlan[] {
  return [...new Map(features.map((one) => [embeddingsOutstanding(one).key, one])).values()]
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes > 0 && bytes < 1e7 ? 1 : 0)} MB`
}

function operations(flops: number): string {
  if (flops >= 1e15) return `${(flops / 1e15).toPrecision(3)} PFLOP`
  return flops >= 1e12 ? `${(flops / 1e12).toPrecision(3)} TFLOP` : `${(flops / 1e9).toFixed(1)} GFLOP`
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
