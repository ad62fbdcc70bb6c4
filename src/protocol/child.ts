import { cpus, loadavg, totalmem } from 'node:os'
import { openEmbeddings } from '../embeddings/index.ts'
import { type ErrorText, StreambedError } from '../error.ts'
import { withLock } from '../files/index.ts'
import { spentElsewhere } from '../foreign/index.ts'
import { appendMeasurement, type Machine, recordState } from '../record/index.ts'
import { runtimeVersion } from '../runtime/index.ts'
import { openGround, walkOn } from './ground.ts'
import { loadMethod } from './load-method.ts'
import type { Progress } from './progress.ts'
import type { FeaturePlan, Job, RunPlan } from './run-plan.ts'
import { Trail } from './trail.ts'
import { walk } from './walk.ts'

/**
 * A forked process that does one job: its crash is one exit code, and its resources are that run's bill.
 *
 * The parent owns terminal and signals, and asks us to stop by a message; SIGTERM and SIGUSR1, which a cluster
 * may send to every process of a job, mean the same.
 */
const stopping = new AbortController()
const stop = () => stopping.abort()
process.on('SIGINT', () => undefined) // a terminal's Ctrl-C reaches us too; the parent decides
process.on('SIGTERM', stop)
process.on('SIGUSR1', stop)
process.on('disconnect', stop)
process.on('message', (message: Job | { kind: 'stop' }) => {
  if (message.kind === 'stop') stop()
  else void work(message)
})

async function work(job: Job): Promise<void> {
  const cell = job.kind === 'run' ? job.plan.id : job.id
  let code = 0
  try {
    if (job.kind === 'embed') await embed(cell, job.features)
    else await runAlone(job.plan)
    await tell({ kind: 'finished', cell })
  } catch (error) {
    const text = textOf(error)
    if (text.code === 'interrupted') {
      await tell({ kind: 'interrupted', cell })
      code = 130
    } else {
      await tell({ kind: 'failed', cell, error: text })
      code = 1
    }
  }
  process.removeListener('disconnect', stop)
  if (process.connected) process.disconnect()
  process.exit(code)
}

async function embed(cell: string, features: FeaturePlan): Promise<void> {
  await tell({
    kind: 'phase',
    cell,
    phase: 'embed',
    detail: `${features.backbone.name} on ${features.dataset.name}`,
  })
  const store = await openStore(cell, features)
  store.close()
}

/** One process a record: a second that wants the same run waits, and finds it done. */
function runAlone(plan: RunPlan): Promise<void> {
  return withLock(
    `${plan.folder}.lock`,
    async () => {
      if (recordState(plan.folder) !== 'finished') await run(plan)
    },
    {
      signal: stopping.signal,
      waiting: (holder) =>
        void tell({
          kind: 'remark',
          cell: plan.id,
          text: `${plan.label} is being done by ${holder}; waiting`,
        }),
    },
  )
}

async function run(plan: RunPlan): Promise<void> {
  const started = performance.now()
  await tell({ kind: 'phase', cell: plan.id, phase: 'open', detail: plan.label })
  const ground = await openGround(plan, (features) => openStore(plan.id, features))
  const trail = new Trail(plan.folder, plan.manifest)
  const attempt = Date.now()
  const measure = (measurement: Parameters<typeof appendMeasurement>[1]) =>
    appendMeasurement(plan.folder, measurement)
  measure({
    kind: 'start',
    attempt,
    at: new Date().toISOString(),
    machine: await machine(plan.features),
    resumedAtTick: trail.resumedAtTick,
    remarks: plan.features.dataset.notes,
  })
  const spent = () => ({
    secondsWall: (performance.now() - started) / 1000,
    secondsCpu: cpuSeconds() + spentElsewhere().secondsCpu,
    peakRssBytes: process.resourceUsage().maxRSS * 1024 + spentElsewhere().peakRssBytes,
  })
  const end = (outcome: 'finished' | 'failed' | 'interrupted', error?: ErrorText) =>
    measure({
      kind: 'end',
      attempt,
      at: new Date().toISOString(),
      outcome,
      ...spent(),
      imagesEmbedded: ground.embeddings?.spent.embedded ?? 0,
      imagesFromCache: ground.embeddings?.spent.fromCache ?? 0,
      stepsRepeated: trail.repeats.steps,
      secondsRepeated: trail.repeats.seconds,
      ...(error && { error }),
    })
  let lastTold = 0
  let images = 0
  let since = performance.now()
  let doneBefore = 0
  try {
    const method = await loadMethod(plan.method.module, plan.method.name)
    await walk(walkOn(ground, plan, method), trail, {
      signal: stopping.signal,
      stride(stride) {
        images += stride.done >= doneBefore ? stride.done - doneBefore : stride.done
        doneBefore = stride.done
        const now = performance.now()
        if (now - lastTold < 100) return
        const imagesPerSecond = images / Math.max((now - since) / 1000, 1e-3)
        images = 0
        since = now
        lastTold = now
        void tell({
          kind: 'step',
          cell: plan.id,
          tasks: plan.stream.tasks.length,
          imagesPerSecond,
          ...stride,
        })
      },
      taskDone: (task) => measure({ kind: 'task', attempt, task, ...spent() }),
    })
    end('finished')
  } catch (error) {
    const text = textOf(error)
    trail.close()
    end(
      text.code === 'interrupted' ? 'interrupted' : 'failed',
      text.code === 'interrupted' ? undefined : text,
    )
    throw error
  } finally {
    ground.close()
  }
}

async function openStore(cell: string, features: FeaturePlan) {
  let lastTold = 0
  return openEmbeddings({
    dataset: features.dataset,
    backbone: features.backbone,
    preprocessing: features.preprocessing,
    cache: features.cache,
    threads: features.threads,
    ...(features.device && { device: features.device }),
    signal: stopping.signal,
    onProgress(progress) {
      if (performance.now() - lastTold < 100) return
      lastTold = performance.now()
      const { done, total, imagesPerSecond } = progress
      void tell({ kind: 'step', cell, phase: 'embed', done, total, imagesPerSecond })
    },
  })
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function machine({ threads, device = 'cpu' }: FeaturePlan): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    threads,
    memoryBytes: totalmem(),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    onnxruntime: await runtimeVersion(),
    provider: device,
    loadAverage: loadavg()[0],
  }
}

/** Sends one message and waits until it has left. A parent that is gone can't be told anything. */
function tell(progress: Progress): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) resolve()
    else process.send(progress, undefined, undefined, () => resolve())
  })
}

function textOf(error: unknown): ErrorText {
  if (error instanceof StreambedError) return error.toJSON()
  if ((error as Error)?.name === 'AbortError') {
    return {
      code: 'interrupted',
      what: 'The run was stopped.',
      mend: 'Give the same command again.',
      exit: 130,
    }
  }
  const { message, stack } = error as Error
  return {
    code: 'method-crashed',
    what: `The run broke: ${message}`,
    where: stack
      ?.split('\n')
      .slice(1, 4)
      .map((line) => line.trim())
      .join(' ‹ '),
    mend: 'If the method is yours, look at that line. If it is ours, please report it with the record folder.',
    exit: 1,
  }
}
