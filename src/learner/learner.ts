import type { Ref } from '../autodiff/index.ts'
import { StreambedError } from '../error.ts'
import { grownHead, type Trainable } from '../rewriting/index.ts'
import { type Chance, chance, Tensor } from '../tensor/index.ts'
import { chunk, rowsOf } from './batches.ts'
import { exported } from './export.ts'
import { evaluationGraph, fusedGraph, gradientGraph, inputName, updateGraph } from './graphs.ts'
import { layOut, lengthOf, widened } from './layout.ts'
import { drawn } from './masks.ts'
import {
  anchorFeeds,
  type FlatAnchor,
  flatAnchor,
  type Memory,
  memoryOf,
  numberFeeds,
  scalar,
  widenedMemory,
} from './memory.ts'
import { networksOf } from './networks.ts'
import type { Batch, Inputs, Learner, LearnerOptions, LearnerState, StepOptions } from './options.ts'
import { type Opened, sessionsOf } from './sessions.ts'

/**
 * A network that learns by plain inference graphs: loss, gradients and update are derived from its own graph.
 *
 * A batch of at most `batch` examples is one run of one graph; a longer one is cut, its gradients summed in one flat
 * vector and applied once, which gives what the whole batch gives to 3e-7. Weights lie in two sets of buffers: a step
 * reads one and writes the other. Training and evaluation read the same weights.
 *
 * The same options, seed and batches give the same bits on the same machine, with any number of threads the runtime
 * is deterministic for; `save` and `load` continue with the bits of a learner that never stopped.
 *
 * @throws learner-output, unsupported-gradient and what `networkOf` throws
 */
export async function learner(options: LearnerOptions): Promise<Learner> {
  const { model, optimiser, clip, batch: rows, threads, masks = [], optimiserState = 'kept' } = options
  const groups = options.groups ?? [{ name: 'all', match: () => true }]
  const label = `the learner of ${model.label}`
  const columns = chance('learner', options.seed, 'columns')
  const dropping = chance('learner', options.seed, 'masks')
  const networks = await networksOf(options, columns)
  const sessions = sessionsOf(label, threads)
  const statistics = new Map(
    [...networks.statistics].map(([name, { dims, data }]) => [
      name,
      new Tensor('float32', Float32Array.from(data as Float32Array), dims),
    ]),
  )
  let loss = options.loss
  let memory = firstMemory()

  function firstMemory(): Memory {
    const weights = [...networks.weights]
    const entries = layOut(
      weights.map(([name, { dims }]) => {
        const head = networks.head.has(name)
        return { ref: { name, type: 'float32', dims }, head, grows: head && dims.length > 0 }
      }),
      groups,
    )
    const flat = new Float32Array(lengthOf(entries))
    entries.forEach((entry, i) => flat.set(weights[i][1].data as Float32Array, entry.offset))
    return memoryOf(entries, {
      classes: networks.classes,
      weights: flat,
      kept: optimiser.keeps.map(() => new Float32Array(flat.length)),
      steps: new Uint32Array(groups.length),
      ages: new Uint32Array(networks.classes),
      anchor: undefined,
    })
  }

  // What a graph reads and where its outputs go

  const isData = ({ name }: Ref) =>
    !networks.weights.has(name) && !statistics.has(name) && !masks.some((mask) => mask.name === name)
  const weightFeeds = () => {
    const feeds: Record<string, Tensor> = Object.fromEntries(statistics)
    memory.entries.forEach(({ ref }, i) => (feeds[ref.name] = memory.weights.now(i)))
    return feeds
  }
  const maskFeeds = (length: number, random: Chance | undefined) =>
    Object.fromEntries(masks.map((mask) => [mask.name, drawn(mask, length, random)]))
  const sumFeeds = (name: (weight: string) => string) =>
    Object.fromEntries(memory.entries.map(({ ref }, i) => [name(ref.name), memory.sums.now(i)]))
  const updateFeeds = (rate: number) => {
    const feeds = { ...anchorFeeds(memory), ...numberFeeds(memory, { groups, optimiser, rate }) }
    optimiser.keeps.forEach((what, k) =>
      memory.entries.forEach(({ ref }, i) => (feeds[inputName.kept(what, ref.name)] = memory.kept[k].now(i))),
    )
    return feeds
  }
  const run = async ({ graph, session }: Opened, feeds: Readonly<Record<string, Tensor>>) => {
    const read = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]))
    const into: Record<string, Tensor> = {}
    for (const [i, name] of graph.gradients) into[name] = memory.sums.next(i)
    for (const [i, name] of graph.weights) into[name] = memory.weights.next(i)
    for (const [i, names] of graph.kept) names.forEach((name, k) => (into[name] = memory.kept[k].next(i)))
    const outputs = await session.run(read, into)
    memory.sums.turn(graph.gradients.keys())
    memory.weights.turn(graph.weights.keys())
    for (const part of memory.kept) part.turn(graph.kept.keys())
    return outputs
  }
  const updated = (frozen: readonly string[]) => {
    groups.forEach(({ name }, g) => (memory.steps[g] += frozen.includes(name) ? 0 : 1))
    const head = memory.entries.find(({ grows }) => grows)
    if (head !== undefined && !frozen.includes(groups[head.group].name))
      memory.ages.forEach((_, c) => memory.ages[c]++)
  }

  // Graphs, each built when it is first needed

  const lossPlan = async (length: number, frozen: readonly string[]) => ({
    headed: await networks.of(length, memory.classes, 'training'),
    loss,
    wanted: moving(frozen),
    entries: memory.entries,
  })
  const updatePlan = () => ({
    entries: memory.entries,
    groups,
    optimiser,
    clip,
    anchored: memory.anchor !== undefined,
  })
  const moving = (frozen: readonly string[]) => {
    for (const name of frozen) {
      if (!groups.some((group) => group.name === name)) {
        throw new RangeError(
          `frozen: no group is called ${name}: ${groups.map((group) => group.name).join(', ')}`,
        )
      }
    }
    return [...memory.entries.keys()].filter((i) => !frozen.includes(groups[memory.entries[i].group].name))
  }
  const frozenKey = (frozen: readonly string[]) =>
    frozen.length === 0 ? '' : `, ${[...frozen].sort().join(' and ')} frozen`
  const anchorKey = () => (memory.anchor === undefined ? '' : ', anchored')
  const lossSession = (of: 'gradients' | 'squares', frozen: readonly string[]) =>
    sessions.get(`${of}${frozenKey(frozen)}`, async () =>
      gradientGraph(await lossPlan(of === 'squares' ? 1 : rows, frozen), of),
    )

  // The passes

  const onBatch = async (
    opened: Opened,
    batch: Batch,
    cut: { from: number; to: number; length: number; share: number },
    more: Readonly<Record<string, Tensor>>,
  ) => {
    const { from, to, length } = cut
    const { network } = await networks.of(length, memory.classes, 'training')
    const feeds = { ...weightFeeds(), ...maskFeeds(length, dropping), ...more }
    for (const ref of network.inputs.filter(isData))
      feeds[ref.name] = chunk(batch.inputs[ref.name], ref, from, to)
    for (const [name, dims] of Object.entries(opened.graph.fed)) {
      feeds[inputName.fed(name)] = chunk(batch.targets[name], { name, type: 'float32', dims }, from, to)
    }
    feeds[inputName.share] = scalar(cut.share)
    return run(opened, feeds)
  }
  const rowsIn = async (batch: Batch, length: number) => {
    const { network, scores } = await networks.of(length, memory.classes, 'training')
    const fed = Object.entries(loss.fed(length, scores.dims[1]))
    const data = network.inputs.filter(isData)
    return rowsOf(
      { ...batch.targets, ...batch.inputs },
      [...data, ...fed.map(([name, dims]): Ref => ({ name, type: 'float32', dims }))],
      label,
    )
  }
  const refuseCut = (count: number) => {
    const whole = options.batchNorm === 'training'
    if ((count > rows && loss.couplesRows === true) || (whole && count !== rows)) {
      throw new StreambedError('learner-batch-cannot-be-cut', {
        what: `A batch of ${count} examples was given to a learner of ${rows}, and ${whole ? 'BatchNormalization in training mode' : loss.name} looks at the whole batch at once.`,
        where: label,
        mend: whole
          ? `Give ${rows} examples, or freeze BatchNormalization.`
          : `Give at most ${rows} examples.`,
      })
    }
  }
  /** Sums gradients over the micro-batches; what no gradient reaches stays 0. */
  const gather = async (batch: Batch, of: 'gradients' | 'squares', frozen: readonly string[]) => {
    const length = of === 'squares' ? 1 : rows
    const count = await rowsIn(batch, length)
    if (of === 'gradients') refuseCut(count)
    const opened = await lossSession(of, frozen)
    memory.sums.set(new Float32Array(lengthOf(memory.entries)))
    let total = 0
    const scores = new Float32Array(count * memory.classes)
    let last: Record<string, Tensor> = {}
    for (let from = 0; from < count; from += length) {
      const to = Math.min(count, from + length)
      const share = of === 'squares' ? 1 : 1 / count
      last = await onBatch(opened, batch, { from, to, length, share }, sumFeeds(inputName.sum))
      total += (last[opened.graph.loss!].data as Float32Array)[0]
      const part = last[opened.graph.scores!].data as Float32Array
      scores.set(part.subarray(0, (to - from) * memory.classes), from * memory.classes)
    }
    return { opened, loss: total, scores, last }
  }
  const update = async (places: readonly number[], { rate = optimiser.rate, frozen = [] }: StepOptions) => {
    const key = `update of ${places.length}${frozenKey(frozen)}${anchorKey()}`
    const opened = await sessions.get(key, async () => updateGraph(updatePlan(), places))
    const outputs = await run(opened, {
      ...weightFeeds(),
      ...sumFeeds(inputName.gradient),
      ...updateFeeds(rate),
    })
    updated(frozen)
    return told(opened, outputs)
  }
  const told = ({ graph }: Opened, outputs: Readonly<Record<string, Tensor>>) => {
    const number = (name: string) => (outputs[name].data as Float32Array)[0]
    return {
      ...(graph.penalty === undefined ? {} : { penalty: number(graph.penalty) }),
      ...(graph.norm === undefined ? {} : { norm: number(graph.norm) }),
    }
  }
  const measure = ({ graph }: Opened, outputs: Readonly<Record<string, Tensor>>) => {
    for (const { mean, variance, runningMean, runningVariance, momentum, count } of graph.statistics) {
      const blend = (name: string, seen: Tensor, scale: number) => {
        const kept = statistics.get(name)!.data
        const now = seen.data as Float32Array
        for (let c = 0; c < kept.length; c++) kept[c] = momentum * kept[c] + (1 - momentum) * scale * now[c]
      }
      blend(runningMean, outputs[mean], 1)
      blend(runningVariance, outputs[variance], count / (count - 1))
    }
  }
  const step = async (batch: Batch, given: StepOptions = {}) => {
    const { rate = optimiser.rate, frozen = [] } = given
    const count = await rowsIn(batch, rows)
    refuseCut(count)
    if (count > rows) {
      const seen = await gather(batch, 'gradients', frozen)
      const moved = await update([...seen.opened.graph.gradients.keys()], given)
      return { loss: seen.loss, scores: seen.scores, ...moved }
    }
    const opened = await sessions.get(`step${frozenKey(frozen)}${anchorKey()}`, async () =>
      fusedGraph(await lossPlan(rows, frozen), updatePlan()),
    )
    const cut = { from: 0, to: count, length: rows, share: 1 / count }
    const outputs = await onBatch(opened, batch, cut, updateFeeds(rate))
    measure(opened, outputs)
    updated(frozen)
    const scores = outputs[opened.graph.scores!].data as Float32Array
    return {
      loss: (outputs[opened.graph.loss!].data as Float32Array)[0],
      scores: scores.subarray(0, count * memory.classes),
      ...told(opened, outputs),
    }
  }
  const evaluate = async (inputs: Inputs, what: 'features' | 'scores') => {
    const headed = await networks.of(rows, memory.classes, 'evaluation')
    const data = headed.network.inputs.filter(isData)
    const count = rowsOf(inputs, data, label)
    const opened = await sessions.get('evaluation', async () => evaluationGraph(headed))
    const { name, dims } = headed[what]
    const found = new Float32Array(count * dims[1])
    for (let from = 0; from < count; from += rows) {
      const to = Math.min(count, from + rows)
      const feeds = { ...weightFeeds(), ...maskFeeds(rows, undefined) }
      for (const ref of data) feeds[ref.name] = chunk(inputs[ref.name], ref, from, to)
      const outputs = await run(opened, feeds)
      found.set((outputs[name].data as Float32Array).subarray(0, (to - from) * dims[1]), from * dims[1])
    }
    return found
  }

  let before: Promise<unknown> = Promise.resolve()
  /** One pass after the other: they share buffers. */
  const inTurn = <T>(pass: () => Promise<T>): Promise<T> => {
    const turn = before.then(async () => {
      await sessions.settled()
      return pass()
    })
    before = turn.catch(() => undefined)
    return turn
  }

  const save = (): LearnerState => ({
    classes: memory.classes,
    weights: memory.weights.flat(),
    kept: memory.kept.map((part) => part.flat()),
    steps: memory.steps.slice(),
    ages: memory.ages.slice(),
    statistics: Object.fromEntries([...statistics].map(([name, { data }]) => [name, data.slice()])),
    anchor: memory.anchor ?? null,
    chances: [columns.save(), dropping.save()],
  })
  const headNow = (): Trainable[] =>
    memory.entries.flatMap(({ ref: { name, dims } }, i) => {
      if (!networks.head.has(name)) return []
      return [{ name, dims, init: { type: 'float32', dims, data: memory.weights.now(i).data } }]
    })
  const resetOptimiser = () => {
    for (const part of memory.kept) part.set(new Float32Array(lengthOf(memory.entries)))
    memory.steps.fill(0)
    memory.ages.fill(0)
  }

  return {
    get classes() {
      return memory.classes
    },
    get entries() {
      return memory.entries
    },
    threads,
    step: (batch, given) => inTurn(() => step(batch, given)),
    gradients: (batch) =>
      inTurn(async () => {
        const seen = await gather(batch, 'gradients', [])
        return { loss: seen.loss, gradients: memory.sums.flat() }
      }),
    squaredGradients: (batch) =>
      inTurn(async () => {
        await gather(batch, 'squares', [])
        return memory.sums.flat()
      }),
    apply: (gradients, given = {}) =>
      inTurn(async () => {
        memory.sums.set(gradients)
        await update(moving(given.frozen ?? []), given)
      }),
    features: (inputs) => inTurn(() => evaluate(inputs, 'features')),
    scores: (inputs) => inTurn(() => evaluate(inputs, 'scores')),
    grow(added) {
      if (options.head === 'none') throw new RangeError('grow: the learner was made without a head')
      const columnsNow = grownHead(headNow(), added, columns, options.head.init)
      memory = widenedMemory(memory, memory.classes + added)
      for (const { name, init } of columnsNow) {
        const place = memory.entries.findIndex(({ ref }) => ref.name === name)
        memory.weights.now(place).data.set(init.data)
      }
      if (optimiserState === 'reset') resetOptimiser()
      sessions.retire(() => true)
    },
    resetOptimiser,
    setLoss(next) {
      loss = next
      sessions.retire((key) => key !== 'evaluation')
    },
    setAnchor(anchor) {
      memory = { ...memory, anchor: anchor === null ? undefined : flatAnchor(anchor, memory) }
    },
    weights: () => memory.weights.flat(),
    setWeights: (values) => memory.weights.set(values),
    export: () => exported(networks, memory, statistics),
    save,
    load(state) {
      const saved = state as LearnerState
      memory = memoryOf(widened(memory.entries, saved.classes), {
        ...saved,
        anchor: saved.anchor === null ? undefined : (saved.anchor as FlatAnchor),
      })
      sessions.retire(() => true)
      for (const [name, { data }] of statistics) data.set(saved.statistics[name])
      columns.load(saved.chances[0])
      dropping.load(saved.chances[1])
    },
    bytes: () => 0,
    async release() {
      await before
      sessions.retire(() => true)
      await sessions.settled()
    },
  }
}
