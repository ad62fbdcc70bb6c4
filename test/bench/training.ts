/**
 * How fast networks learn: one training step of ours beside one of PyTorch's.
 *
 *   npm run bench:training -- --data DIR --python /usr/bin/python3 [--only vit-full,resnet18] [--rounds 9]
 *                             [--threads 2] [--their-micro best] [--no-memory] [--profile]
 *   npm run bench:training -- --vit-b [--rounds 3] [--threads 2]
 *
 * Rounds alternate between a step of ours, a step of PyTorch's (at its best: the faster of whole batches and
 * micro-batches, unless `--their-micro` says how many) and a plain matrix product; the median of the rounds' ratios is
 * printed, time of ours over time of PyTorch's, since a machine's speed drifts. Where others use the machine, PyTorch's
 * threads wait for each other at work, and two of them say nothing: there, processor time with `--threads 1` does.
 * Memory is the peak of a fresh process a side. A head alone is compared with our own forward pass as well. `--vit-b`
 * measures a ViT-B/16 with random weights alone: its seconds, its memory, and its share of the GEMM peak.
 */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from 'simple-statistics'
import { gemmPeak } from '../../src/runtime/index.ts'
import { atItsBest, openScript, type Script } from './pytorch.ts'
import { type Case, cases, classes, fileOf, type Ours, operationsOf, oursOf } from './training-cases.ts'
import { profileOf } from './training-profile.ts'
import { vitBStep } from './vit-b.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.STREAMBED_DATA },
    python: { type: 'string', default: 'python3' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '9' },
    threads: { type: 'string', default: '2' },
    'their-micro': { type: 'string', default: 'best' },
    'no-memory': { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    'vit-b': { type: 'boolean', default: false },
  },
})
if (values['vit-b']) {
  console.log(await vitBStep(Number(values.threads), Number(values.rounds)))
  process.exit()
}
const { data, python } = values
if (data === undefined) throw new Error('Name the folder with models/vit_tiny_patch16_224.onnx: --data DIR.')
const [rounds, threads] = [Number(values.rounds), Number(values.threads)]
const wanted = values.only.split(',')
const chosen = cases.filter(({ name }) => wanted.some((part) => name.includes(part)))
if (chosen.length === 0) throw new Error(`--only takes parts of ${cases.map(({ name }) => name).join(', ')}.`)

interface Clock {
  seconds: number
  /** Processor time, of all threads. */
  worked: number
}

interface Round {
  ours: Clock
  theirs: Clock | undefined
  /** Our own forward pass, in the row of the head alone. */
  forward: Clock | undefined
  /** FLOP a second of a plain product. */
  peak: number
}

async function clocked(ours: Ours): Promise<Clock> {
  const [before, start] = [process.cpuUsage(), performance.now()]
  await ours.once()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  return { seconds, worked: (user + system) / 1e6 }
}

async function theirStep(script: Script, { batch }: Case, micro: number): Promise<Clock> {
  const [seconds, worked] = (await script.ask(`go 1 ${batch} ${micro}`)).split(' ').map(Number)
  return { seconds, worked }
}

/** The size of micro-batches that suits PyTorch best on this machine; the batch as a whole where rows are coupled. */
async function theirMicro(script: Script, case_: Case): Promise<number> {
  const { batch, kind } = case_
  if (values['their-micro'] !== 'best') return Number(values['their-micro'])
  if (kind === 'batch-statistics') return batch
  const times: [number, number][] = []
  for (const micro of [batch, batch / 4]) {
    await theirStep(script, case_, micro)
    const again = [await theirStep(script, case_, micro), await theirStep(script, case_, micro)]
    times.push([micro, Math.min(...again.map(({ seconds }) => seconds))])
  }
  return times.sort((a, b) => a[1] - b[1])[0][0]
}

async function measured(case_: Case, file: string) {
  const ours = await oursOf(file, case_, threads)
  const forward =
    case_.kind === 'head' ? await oursOf(file, { ...case_, kind: 'forward' }, threads) : undefined
  const script = await openScript(python, './training.py', threads, [
    'step',
    case_.network,
    case_.kind,
    String(classes),
  ])
  try {
    const micro = script && (await theirMicro(script, case_))
    for (const one of [ours, ours, forward]) await one?.once() // the first two runs allocate
    const found: Round[] = []
    for (let round = 0; round < rounds; round++) {
      const before = await gemmPeak(threads, 3)
      const row = {
        ours: await clocked(ours),
        theirs: script && (await theirStep(script, case_, micro!)),
        forward: forward && (await clocked(forward)),
      }
      found.push({ ...row, peak: Math.max(before, await gemmPeak(threads, 3)) * 1e9 })
      console.error(
        `${case_.name}, round ${round + 1}: ${ms(row.ours.seconds)}, PyTorch ${row.theirs ? ms(row.theirs.seconds) : '–'}, GEMM ${(found[round].peak / 1e9).toFixed(0)} GFLOP/s`,
      )
    }
    return { rounds: found, version: script?.greeting, micro, trained: ours.trained }
  } finally {
    script?.close()
    await ours.learner.release()
    await forward?.learner.release()
  }
}

/** Peak of resident memory of each side in a process of its own. */
async function memoryOf(case_: Case, file: string) {
  const steps = 3
  const path = fileURLToPath(new URL('./training-memory.ts', import.meta.url))
  const ours = JSON.parse(
    execFileSync(
      process.execPath,
      [...process.execArgv, path, case_.name, file, String(threads), String(steps)],
      {
        encoding: 'utf8',
      },
    ),
  ) as { bytes: number }
  const theirs: number[] = []
  for (const micro of case_.kind === 'batch-statistics' ? [case_.batch] : [case_.batch, case_.micro]) {
    const words = ['step', case_.network, case_.kind, String(classes)]
    // What makes PyTorch fast keeps memory; at its smallest it gives it back.
    const script = await openScript(python, './training.py', threads, words, { MALLOC_CONF: '' })
    await script?.ask(`go ${steps} ${case_.batch} ${micro}`)
    if (script) theirs.push(Number(await script.ask('memory')))
    script?.close()
  }
  return { ours: ours.bytes, theirs }
}

const ms = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`
const gb = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`

function printed(
  case_: Case,
  { rounds: found, micro, trained }: Awaited<ReturnType<typeof measured>>,
  work: number,
) {
  const middle = (of: (round: Round) => number | undefined) => {
    const known = found.map(of).filter((value) => value !== undefined)
    return known.length === 0 ? undefined : median(known)
  }
  const two = (value: number | undefined) => value?.toFixed(2) ?? '–'
  const target = case_.wanted === undefined ? '' : ` (wanted ≤ ${case_.wanted})`
  const lines = [
    case_.title,
    `  time, ours / PyTorch   ${two(middle(({ ours, theirs }) => theirs && ours.seconds / theirs.seconds))}${target}; processor time ${two(middle(({ ours, theirs }) => theirs && ours.worked / theirs.worked))}`,
    `  a step                 ${ms(middle(({ ours }) => ours.seconds)!)} in runs of ${case_.micro}; PyTorch ${micro === undefined ? '–' : `${ms(middle(({ theirs }) => theirs?.seconds)!)} in runs of ${micro}`}`,
    `  operations             ${(work / 1e9).toFixed(1)} GFLOP, ${(100 * middle(({ ours, peak }) => work / ours.seconds / peak)!).toFixed(0)} % of the GEMM peak of ${(middle(({ peak }) => peak)! / 1e9).toFixed(0)} GFLOP/s; ${trained} numbers trained`,
  ]
  if (case_.kind === 'head') {
    lines.push(
      `  ours / our forward     ${two(middle(({ ours, forward }) => forward && ours.seconds / forward.seconds))} (wanted ≤ 1.05); processor time ${two(middle(({ ours, forward }) => forward && ours.worked / forward.worked))}`,
    )
  }
  return lines.join('\n')
}

console.log(
  `${cpus()[0]?.model}, ${threads} threads, medians of ${rounds} interleaved rounds; PyTorch with ${Object.entries(
    atItsBest(),
  )
    .map((pair) => pair.join('='))
    .join(', ')}`,
)
for (const case_ of chosen) {
  try {
    const file = await fileOf(case_.network, { data, python })
    if (values.profile) {
      console.log(`${case_.title}\n${await profileOf(file, case_, threads)}`)
      continue
    }
    const load = loadavg()[0]
    const found = await measured(case_, file)
    console.log(printed(case_, found, await operationsOf(file, case_)))
    if (case_.kind === 'full' && case_.network.startsWith('vit') && !values['no-memory']) {
      const { ours, theirs } = await memoryOf(case_, file)
      const others =
        theirs.length === 0 ? '–' : `${gb(theirs[0])} whole, ${gb(theirs[1])} in runs of ${case_.micro}`
      console.log(`  memory at its peak     ${gb(ours)}; PyTorch ${others}`)
    }
    console.log(
      `  ${found.version ?? 'no PyTorch found: name one by --python'}; load before ${load.toFixed(1)}, after ${loadavg()[0].toFixed(1)}`,
    )
  } catch (error) {
    console.log(`${case_.title}\n  –  ${error instanceof Error ? error.message : error}`)
  }
}
