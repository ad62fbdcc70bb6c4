import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { baselines } from '../../baselines/index.ts'
import {
  type Backbone,
  backboneAtSize,
  checkBackbone,
  findBackbone,
  flopsPerImage,
} from '../backbones/index.ts'
import { type Dataset, openDataset } from '../datasets/index.ts'
import { StreambedError } from '../error.ts'
import { packageVersion } from '../files/index.ts'
import { foreignId } from '../foreign/index.ts'
import { contentId } from '../identity/index.ts'
import type { Method, OptionValue } from '../method/index.ts'
import { type Preprocessing, preprocessingAt, preprocessingPreset } from '../pictures/index.ts'
import { checkCapabilities, type FeaturePlan, loadMethod, type RunPlan } from '../protocol/index.ts'
import { type Manifest, protocolVersion, recordVersion } from '../record/index.ts'
import { type Device, requireDevice, runtimeVersion } from '../runtime/index.ts'
import { findStream, layStream, orderName, overShownImages, type Stream } from '../streams/index.ts'
import {
  backboneNames,
  checkOptions,
  type MethodChoice,
  methodId,
  methodPresets,
  parseSuite,
  type Suite,
} from '../suite/index.ts'
import { type Anatomy, checkAnatomy } from './check-anatomy.ts'
import type { Settings } from './settings.ts'
import { suitePath } from './suite-path.ts'
import { suiteShelves } from './suite-shelves.ts'

/** A suite with everything found, opened and checked: nothing that could have been known fails later. */
export interface Prepared {
  suite: Suite
  datasets: readonly Dataset[]
  /** Each stream with the dataset it is laid over. */
  streams: readonly { stream: Stream; dataset: Dataset }[]
  backbones: readonly { backbone: Backbone; preprocessing: Preprocessing; operationsPerImage: number }[]
  /** Every run of the grid, in the order in which they are done. */
  runs: readonly RunPlan[]
  /** Those of them that are wanted now: all, unless `only` says otherwise. */
  wanted: readonly RunPlan[]
  /** What a reader should know before anything runs. */
  notes: readonly string[]
}

/**
 * Parses a suite and checks it whole: streams laid out, data and backbones found and proved, every method loaded,
 * its needs held against every stream it meets. All problems come together, as an AggregateError if several.
 */
export async function prepare(settings: Settings): Promise<Prepared> {
  const file = suitePath(settings.suite)
  const shelves = await suiteShelves({ data: settings.data, folders: [dirname(file)] })
  const set = settings.set ?? []
  const more = settings.with ?? []
  const suite = parseSuite(file, { shelves, set, with: more })
  const only = settings.only ?? []
  const chosen = only.length === 0 ? suite : parseSuite(file, { shelves, set, with: more, only })
  const chosenLabels = new Set(chosen.methods.map(({ label }) => label))
  const problems: unknown[] = []
  const collect = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      problems.push(error)
      return undefined
    }
  }

  const wantedDevice = settings.device ?? suite.budget.device ?? 'cpu'
  const asked =
    settings.device === undefined ? `${suite.file} › budget.device` : `--device ${settings.device}`
  const tried = await collect(async () => {
    await requireDevice(wantedDevice, asked)
    return wantedDevice
  })
  const device: Device = tried ?? 'cpu' // only to find what else is wrong: nothing runs after a problem
  const notes = new Set<string>()
  if (more.length > 0) {
    notes.add(
      `beside the suite’s own methods (--with): ${more.join(', ')}; it is suite ${suite.id} with them`,
    )
  }

  const datasets = new Map<string, Dataset | undefined>()
  const laid: { choice: string; part: boolean; stream: Stream; dataset: Dataset }[] = []
  for (const [at, choice] of suite.streams.entries()) {
    const where = `${suite.file} › streams[${at}]`
    const path = choice.path === undefined ? undefined : resolve(settings.data, choice.path)
    const declaration = findStream(choice.name, where)
    const key = `${declaration.dataset}:${path ?? ''}`
    if (!datasets.has(key)) {
      datasets.set(
        key,
        await collect(() =>
          openDataset(declaration.dataset, {
            data: settings.data,
            cache: settings.cache,
            allowUnofficial: settings.allowUnofficial ?? false,
            path,
          }),
        ),
      )
    }
    const dataset = datasets.get(key)
    if (!dataset) continue
    for (const order of choice.orders) {
      const stream = await collect(async () => layStream({ ...choice, order, where }, dataset))
      const part = choice.images !== undefined || choice.first !== undefined
      if (stream) laid.push({ choice: choice.name, part, stream, dataset })
    }
  }

  const found: {
    /** What a rule of the suite may call it. */
    names: readonly string[]
    backbone: Backbone
    preprocessing: Preprocessing
    operationsPerImage: number
  }[] = []
  for (const choice of suite.backbones) {
    await collect(async () => {
      const original = await findBackbone(choice.name, {
        data: settings.data,
        folders: [resolve(suite.file, '..')],
      })
      const { threads } = suite.budget
      const { onCpu } = await checkBackbone(original, undefined, { cache: settings.cache, threads, device })
      for (const note of placementNotes(original.name, device, onCpu)) notes.add(note)
      const { size } = choice
      const backbone = size === undefined ? original : await backboneAtSize(original, size, settings.cache)
      const declared =
        choice.preprocessing === 'passport'
          ? backbone.passport.preprocessing
          : preprocessingPreset(choice.preprocessing)
      const preprocessing = size === undefined ? declared : preprocessingAt(declared, size)
      found.push({
        names: backboneNames(choice),
        backbone,
        preprocessing,
        operationsPerImage: await flopsPerImage(backbone),
      })
    })
  }

  const methods: { choice: MethodChoice; method: Method; module: string; id: string }[] = []
  for (const choice of suite.methods) {
    await collect(async () => {
      const shelved = baselines.find(({ name }) => name === choice.name)
      const module = shelved?.module ?? pathToFileURL(resolve(suite.file, '..', choice.name)).href
      const method = shelved ? await shelved.load() : await loadMethod(module)
      checkOptions(method, choice.options, suite.file)
      methods.push({ choice, method, module, id: foreignId(method) ?? (await methodId(module)) })
    })
  }

  const versions = { streambed: packageVersion(), onnxruntime: await runtimeVersion() }
  for (const { choice } of methods) {
    const preset = methodPresets(choice.name).find(({ name }) => name === choice.preset)
    if (preset?.backbone)
      notes.add(`${choice.label}: the preset ${preset.name} was made for ${preset.backbone}`)
  }
  // The same for every stream of a dataset and method of a kind; reading a network takes time.
  const anatomies = new Map<string, Promise<Anatomy>>()
  const proved = (
    method: Method,
    {
      backbone,
      preprocessing,
      dataset,
    }: { backbone: Backbone; preprocessing: Preprocessing; dataset: Dataset },
  ) => {
    const { gradients, anatomy = '' } = method.needs
    const key = contentId([backbone.sha256, preprocessing, dataset.id, gradients, anatomy])
    const check =
      anatomies.get(key) ?? checkAnatomy(method, backbone, { preprocessing, image: dataset.image })
    anatomies.set(key, check)
    return check
  }
  const runs: RunPlan[] = []
  for (const { choice: streamName, part, stream, dataset } of laid) {
    for (const note of [...dataset.notes, ...stream.notes]) notes.add(note)
    // Of a part of each class, or of the first tasks, no more is embedded, and a run is given no more.
    const shown = part ? overShownImages(stream, dataset) : { stream, dataset }
    for (const { names, backbone, preprocessing, operationsPerImage } of found) {
      for (const { choice, method, module, id } of methods) {
        if (isExcluded(suite, streamName, names, choice)) continue
        await collect(async () => checkCapabilities(method, stream, suite.file))
        const anatomy = await collect(() => proved(method, { backbone, preprocessing, dataset }))
        if (choice.options.batchNorm === 'training' && anatomy?.hasBatchNorm === false) {
          notes.add(
            `${choice.label}: batchNorm: training changes nothing on ${backbone.name}, whose file has no BatchNormalization`,
          )
        }
        const features: FeaturePlan = {
          dataset: shown.dataset,
          backbone,
          preprocessing,
          operationsPerImage,
          cache: settings.cache,
          threads: suite.budget.threads,
          ...(device !== 'cpu' && { device }),
        }
        const seeds = method.needs.seeded === false ? suite.seeds.slice(0, 1) : suite.seeds
        for (const seed of seeds) {
          runs.push(
            runPlan({
              suite,
              stream: shown.stream,
              dataset,
              features,
              choice,
              method,
              module,
              methodId: id,
              seed,
              versions,
              settings,
            }),
          )
        }
      }
    }
  }
  if (problems.length === 1) throw problems[0]
  if (problems.length > 1) throw new AggregateError(distinct(problems), `${problems.length} problems`)
  if (runs.length === 0) {
    throw new StreambedError('suite-without-runs', {
      what: `${suite.name} leaves nothing to run: every combination is excluded.`,
      where: suite.file,
      mend: 'Look at exclude.',
    })
  }
  return {
    suite,
    datasets: [...datasets.values()].filter((dataset) => dataset !== undefined),
    streams: laid,
    backbones: found,
    runs,
    wanted: runs.filter((plan) => chosenLabels.has(plan.manifest.method.name)),
    notes: [...notes],
  }
}

/** What a device left to the CPU, so that nobody takes its speed for the device's. */
function placementNotes(backbone: string, device: Device, onCpu: Readonly<Record<string, number>>): string[] {
  const counts = Object.entries(onCpu).map(([operator, count]) => `${count} ${operator}`)
  return counts.length === 0
    ? []
    : [`${backbone} on ${device}: ${counts.join(', ')} of its operators ran on the CPU.`]
}

function isExcluded(
  suite: Suite,
  stream: string,
  backbone: readonly string[],
  method: MethodChoice,
): boolean {
  return suite.exclude.some(
    (rule) =>
      (rule.stream === undefined || rule.stream === stream) &&
      (rule.backbone === undefined || backbone.includes(rule.backbone)) &&
      (rule.method === undefined || rule.method === method.name || rule.method === method.label),
  )
}

function runPlan(given: {
  suite: Suite
  stream: Stream
  /** The whole of what the stream was laid over. */
  dataset: Dataset
  features: FeaturePlan
  choice: MethodChoice
  method: Method
  module: string
  methodId: string
  seed: number
  versions: Record<string, string>
  settings: Settings
}): RunPlan {
  const { suite, stream, features, choice, method, module, seed, versions, settings } = given
  const { backbone, preprocessing, device } = features
  const options: Record<string, OptionValue> = { ...method.options, ...choice.options }
  const id = contentId({
    protocol: protocolVersion,
    stream: stream.id,
    backbone: { sha256: backbone.sha256, embedding: backbone.passport.embedding, preprocessing },
    method: { id: given.methodId, options },
    seed,
    ...(device && { device }), // which rounds otherwise than the CPU
  })
  const order = orderName(stream.order)
  const named = [stream.name, order, backbone.name, choice.label, `seed-${seed}`].map((part) =>
    part.replace(/[^A-Za-z0-9._=-]+/g, '.'),
  )
  const manifest: Manifest = {
    kind: 'manifest',
    version: recordVersion,
    protocol: protocolVersion,
    run: id,
    stream: {
      name: stream.name,
      id: stream.id,
      family: stream.family,
      title: stream.title,
      scenario: stream.scenario,
      dataset: `${given.dataset.name} ${given.dataset.id}`,
      order: stream.order,
      classes: stream.classes,
      tasks: stream.tasks.map((task, index) => ({
        classes: task.classes,
        ...(task.name !== undefined && { name: task.name }),
        train: stream.events.reduce(
          (sum, event) =>
            sum + (event.kind === 'learn' && event.task === index ? stream.chunks[event.chunk].length : 0),
          0,
        ),
        test: task.test.length,
        kind: 'single-label' as const,
      })),
      notes: stream.notes,
    },
    backbone: {
      name: backbone.name,
      title: backbone.passport.title,
      sha256: backbone.sha256,
      embedding: backbone.passport.embedding.name,
      dimension: backbone.dimension,
      preprocessing,
      pretraining: backbone.passport.pretraining,
    },
    method: {
      name: choice.label,
      summary: method.summary,
      source: method.source,
      id: given.methodId,
      options,
      needs: method.needs,
      ...(method.role && { role: method.role }),
      ...(method.operations && method.operations !== 'counted' && { operations: method.operations }),
      classifiers: method.classifiers,
    },
    seeds: { root: seed },
    versions,
    ...(device && { device }),
  }
  return {
    id,
    label: [choice.label, `${stream.name} ${order}`, backbone.name, `seed ${seed}`].join(' · '),
    folder: join(resolve(settings.results, suite.name), 'runs', `${named.join('--')}--${id.slice(0, 8)}`),
    manifest,
    stream,
    features,
    method: { module, name: method.name, options, needs: method.needs },
    seed,
  }
}

/** The same problem met in many runs is one problem. */
function distinct(problems: readonly unknown[]): unknown[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const text = problem instanceof StreambedError ? JSON.stringify(problem) : String(problem)
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}
