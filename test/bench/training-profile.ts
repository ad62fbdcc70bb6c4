import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { convProducts, lowered, networkOf, trainingStep } from '../../src/autodiff/index.ts'
import { crossEntropy, sgd } from '../../src/learner/index.ts'
import { withHead } from '../../src/rewriting/index.ts'
import { openSession, Tensor } from '../../src/runtime/index.ts'
import { chance, sizeOf } from '../../src/tensor/index.ts'
import { type Case, classes, subjectOf } from './training-cases.ts'

interface Event {
  cat: string
  name: string
  dur: number
  ts: number
  args: { op_name?: string; input_type_shape?: Record<string, number[]>[] }
}

/** Where the time of one run goes: by operator, then the dearest kernels by operator and shape. */
export async function profileOf(file: string, case_: Case, threads: number): Promise<string> {
  const { model: below, trained } = await subjectOf(file, case_)
  const random = chance('bench', 0, 'head')
  const width = Number(below.graph.outputs[0].shape?.[1])
  const { model, trainable } = withHead(below, {
    feature: 'features',
    width,
    classes,
    kind: 'linear',
    random,
  })
  for (const { name } of trainable) trained.add(name)
  const { kind, micro } = case_
  const training = kind === 'batch-statistics'
  const freed = await networkOf(model, {
    dims: { batch: micro, classes },
    free: ({ name }) => trained.has(name),
    statistics: training ? 'fed' : 'constant',
  })
  const network = convProducts(lowered(freed, { batchNorm: training ? 'training' : 'frozen' }))
  const loss = crossEntropy()
  const { bytes, parts } = trainingStep({
    network,
    parameters:
      kind === 'forward' ? [] : network.inputs.map(({ name }) => name).filter((name) => trained.has(name)),
    loss: ({ emit, tensor, input }) =>
      loss.write(emit, {
        scores: tensor('scores'),
        features: tensor('features'),
        fed: { targets: input('targets', [micro, classes]) },
        share: input('share', []),
      }),
    update: micro < case_.batch ? 'accumulate' : sgd({ rate: 1e-3, momentum: 0.9 }),
  })
  const folder = mkdtempSync(join(tmpdir(), 'streambed-profile-'))
  try {
    const session = await openSession(bytes, {
      threads,
      label: case_.title,
      profilePrefix: join(folder, 'p'),
    })
    const feeds = Object.fromEntries(
      parts.inputs.map(({ name, dims }) => {
        const values = freed.weights.get(name)?.data as Float32Array | undefined
        return [name, new Tensor('float32', values ?? new Float32Array(sizeOf(dims)).fill(0.01), dims)]
      }),
    )
    // Into the same buffers, as a learner has them: fresh ones would be paid for in page faults.
    const outputs = await session.run(feeds)
    for (let run = 0; run < 4; run++) await session.run(feeds, outputs)
    await session.release()
    const [path] = readdirSync(folder)
    return summary(JSON.parse(readFileSync(join(folder, path), 'utf8')) as Event[])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Of the last run: the first ones allocate. */
function summary(events: readonly Event[]): string {
  const last = events.filter(({ name }) => name === 'model_run').at(-1)!
  const kernels = events.filter(
    ({ cat, name, ts }) =>
      cat === 'Node' && name.endsWith('_kernel_time') && ts >= last.ts && ts <= last.ts + last.dur,
  )
  const total = kernels.reduce((sum, { dur }) => sum + dur, 0)
  const line = ([what, { time, count }]: [string, { time: number; count: number }]) =>
    `  ${(time / 1000).toFixed(1).padStart(8)} ms ${((100 * time) / total).toFixed(1).padStart(5)} %  ${String(count).padStart(4)} × ${what}`
  const by = (key: (event: Event) => string) => {
    const groups = new Map<string, { time: number; count: number }>()
    for (const event of kernels) {
      const { time, count } = groups.get(key(event)) ?? { time: 0, count: 0 }
      groups.set(key(event), { time: time + event.dur, count: count + 1 })
    }
    return [...groups].sort((a, b) => b[1].time - a[1].time)
  }
  const operator = ({ args }: Event) => args.op_name ?? '?'
  const shaped = (event: Event) => {
    const shapes = (event.args.input_type_shape ?? []).flatMap((one) => Object.values(one))
    return `${operator(event)} ${shapes.map((dims) => `[${dims.join(',')}]`).join(' ')}`
  }
  return [
    `  one run ${(last.dur / 1000).toFixed(0)} ms, kernels ${(total / 1000).toFixed(0)} ms, ${kernels.length} of them`,
    ...by(operator).slice(0, 14).map(line),
    '  the dearest',
    ...by(shaped).slice(0, 16).map(line),
  ].join('\n')
}
