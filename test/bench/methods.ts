/**
 * What a method costs beside its own passes through the network: the time of its learning over the time that the
 * runtime computes in it. The rest is what we add: bookkeeping, sampling, augmentation, projection, statistics, and
 * graphs made and opened.
 *
 *   npm run bench:methods -- --data DIR [--cache DIR] [--only gem,slca] [--suite test/bench/methods.yaml]
 *
 * Walks each method in this process as a run does, on real pictures; nothing is recorded.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { InferenceSession } from 'onnxruntime-node'
import { openEmbeddings } from '../../src/embeddings/index.ts'
import { prepare } from '../../src/harness/prepare.ts'
import { openGround, walkOn } from '../../src/protocol/ground.ts'
import { loadMethod, type RunPlan, type Tracks, walk } from '../../src/protocol/index.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.STREAMBED_DATA },
    cache: { type: 'string' },
    only: { type: 'string' },
    suite: { type: 'string', default: fileURLToPath(new URL('./methods.yaml', import.meta.url)) },
  },
})
if (values.data === undefined) throw new Error('Name the folder with CIFAR-100 and models/: --data DIR.')
const scratch = mkdtempSync(join(tmpdir(), 'streambed-bench-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** Seconds since the last lap: inside the runtime, and opening its sessions. */
const inside = { running: 0, opening: 0 }
clocked((InferenceSession as unknown as { prototype: object }).prototype, 'run', 'running')
clocked(InferenceSession, 'create', 'opening')

type Timed = Record<string, (...given: unknown[]) => Promise<unknown>>
function clocked(owner: object, name: string, as: keyof typeof inside): void {
  const { [name]: original } = owner as Timed
  ;(owner as Timed)[name] = async function (this: unknown, ...given) {
    const start = performance.now()
    try {
      return await original.apply(this, given)
    } finally {
      inside[as] += (performance.now() - start) / 1000
    }
  }
}

async function measured(plan: RunPlan) {
  const method = await loadMethod(plan.method.module, plan.method.name)
  const ground = await openGround(plan, (features) =>
    openEmbeddings({ ...features, signal: new AbortController().signal, onProgress: () => undefined }),
  )
  const trail: Tracks = {
    place: 'a benchmark',
    resume: () => undefined,
    fact: () => undefined,
    beat: () => undefined,
    isDue: () => false,
    save: () => undefined,
    finish: () => undefined,
  }
  const learning = { all: 0, running: 0, opening: 0 }
  let last = performance.now()
  Object.assign(inside, { running: 0, opening: 0 })
  const stride = ({ phase }: { phase: 'learn' | 'evaluate' }) => {
    const now = performance.now()
    if (phase === 'learn') {
      learning.all += (now - last) / 1000
      learning.running += inside.running
      learning.opening += inside.opening
    }
    Object.assign(inside, { running: 0, opening: 0 })
    last = now
  }
  try {
    const companion = { stride, taskDone: () => undefined, signal: new AbortController().signal }
    await walk(walkOn(ground, plan, method), trail, companion)
  } finally {
    ground.close()
  }
  return learning
}

const { runs } = await prepare({
  suite: values.suite,
  data: values.data,
  cache: values.cache ?? join(scratch, 'cache'),
  results: scratch,
  allowUnofficial: true,
  ...(values.only && { only: values.only.split(',') }),
})
const wanted = values.only?.split(',')
console.log('method         learning   in its passes   opening graphs   learning / passes (wanted ≤ 1.5)')
for (const plan of runs) {
  const { name } = plan.manifest.method
  if (wanted && !wanted.includes(name)) continue
  const { all, running, opening } = await measured(plan)
  const cells = [
    name.padEnd(13),
    `${all.toFixed(1)} s`.padStart(9),
    `${running.toFixed(1)} s`.padStart(15),
    `${opening.toFixed(1)} s`.padStart(16),
    (all / running).toFixed(2).padStart(19),
  ]
  console.log(cells.join(' '))
}
process.exit()
