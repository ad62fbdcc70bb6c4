/**
 * How fast pictures become embeddings: ViT-Tiny on CIFAR-100, from the binary file to the row.
 *
 *   npm run bench:extraction -- --data DIR [--images 512] [--rounds 7] [--threads 2] [--python python3] [--memory 400]
 *
 * Rounds alternate between Streambed (reading, resizing, scaling, network), the same network in PyTorch on
 * pictures that are ready in memory, and a plain matrix product; the median of the rounds' ratios is printed, since
 * a machine's speed drifts. Memory is the peak of two fresh processes, one with ten times the images.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from 'simple-statistics'
import { findBackbone, flopsPerImage, inputModel } from '../../src/backbones/index.ts'
import { batchSize, extract, openPixelPipe } from '../../src/embeddings/index.ts'
import { gemmPeak, openSession } from '../../src/runtime/index.ts'
import { cifarSlice } from './cifar-slice.ts'
import { atItsBest, openPyTorch } from './pytorch.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.STREAMBED_DATA },
    images: { type: 'string', default: '512' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
    memory: { type: 'string', default: '400' },
  },
})
const { data, python } = values
if (data === undefined)
  throw new Error('Name the folder with CIFAR-100 and the ViT: --data DIR, or STREAMBED_DATA.')
const [images, rounds, threads, memory] = [values.images, values.rounds, values.threads, values.memory].map(
  Number,
)

const backbone = await findBackbone('vit-tiny', { data })
const { preprocessing, input } = backbone.passport
const dataset = await cifarSlice(data, images)
const operations = await flopsPerImage(backbone)
const image = dataset.image as { width: number; height: number }
const model = await inputModel(backbone, { preprocessing, image, hostPrepared: false })
const session = await openSession(model, { threads, label: backbone.name })
const pytorch = await openPyTorch(python, threads)

/** Images a second and the share of waiting, of a whole extraction with a Worker of its own. */
async function ours(count: number): Promise<{ rate: number; waitShare: number }> {
  const batches = Array.from({ length: Math.ceil(count / batchSize) }, (_, k) => ({
    split: 'train' as const,
    from: k * batchSize,
    count: Math.min(batchSize, count - k * batchSize),
  }))
  const pipe = await openPixelPipe({ dataset, preprocessing, input }, batches.values(), batchSize)
  const { images, seconds, waited } = await extract({
    session,
    pipe,
    dimension: backbone.dimension,
    take: () => undefined,
  })
  await pipe.close()
  return { rate: images / seconds, waitShare: waited / seconds }
}

await ours(64)
let batch = 0
if (pytorch) {
  const rates = new Map<number, number>()
  for (const size of [8, 32]) {
    await pytorch.seconds(size, size)
    rates.set(size, 1 / (await pytorch.seconds(32, size)))
  }
  batch = [...rates].sort((a, b) => b[1] - a[1])[0][0] // the batch that suits it best on this machine
}

interface Round {
  rate: number
  waitShare: number
  theirs: number
  peak: number
  ratio: number
  ofPeak: number
}
const rows: Round[] = []
for (let round = 0; round < rounds; round++) {
  const before = await gemmPeak(threads)
  const { rate, waitShare } = await ours(images)
  const theirs = pytorch ? images / (await pytorch.seconds(images, batch)) : NaN
  const peak = Math.max(before, await gemmPeak(threads)) * 1e9
  rows.push({ rate, waitShare, theirs, peak, ratio: rate / theirs, ofPeak: (rate * operations) / peak })
  console.error(
    `round ${round + 1}: ${rate.toFixed(1)} images/s, PyTorch ${theirs.toFixed(1)}, GEMM ${(peak / 1e9).toFixed(0)} GFLOP/s`,
  )
}
pytorch?.close()
await session.release()

const middle = (of: (row: Round) => number) => median(rows.map(of))
const peakBytes = (count: number) =>
  Number(
    execFileSync(
      process.execPath,
      [
        ...process.execArgv,
        fileURLToPath(new URL('./extraction-memory.ts', import.meta.url)),
        data,
        String(count),
        String(threads),
      ],
      { encoding: 'utf8' },
    ),
  )
const [once, tenfold] = memory > 0 ? [peakBytes(memory), peakBytes(memory * 10)] : [NaN, NaN]

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
console.log(`${cpus()[0]?.model}, ${threads} threads, median of ${rounds} interleaved rounds of ${images} images
Streambed      ${middle((row) => row.rate).toFixed(1)} images/s, batches of ${batchSize}, waiting for decoding ${percent(middle((row) => row.waitShare))}
PyTorch        ${pytorch ? `${middle((row) => row.theirs).toFixed(1)} images/s, batches of ${batch}, ${[pytorch.version, ...Object.entries(atItsBest()).map((pair) => pair.join('='))].join(', ')}` : '–  (no PyTorch found: name one by --python)'}
ratio          ${pytorch ? `${middle((row) => row.ratio).toFixed(2)}  (at least 1.35)` : '–'}
GEMM peak      ${(middle((row) => row.peak) / 1e9).toFixed(0)} GFLOP/s; the network alone is ${(operations / 1e9).toFixed(2)} GFLOP an image
share of peak  ${percent(middle((row) => row.ofPeak))}  (at least 55 %)
memory         ${memory > 0 ? `${(once / 1e6).toFixed(0)} MB for ${memory} images, ${(tenfold / 1e6).toFixed(0)} MB for ${memory * 10}: ${percent(tenfold / once - 1)} more  (below 5 %)` : '–'}`)
