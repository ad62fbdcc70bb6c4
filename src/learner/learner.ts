import { grownHead, type Trainable } from '../rewriting/index.ts'
import { chance, Tensor } from '../tensor/index.ts'
import { checkHead, checkLength, checkOptions, checkState } from './checks.ts'
import type { Context } from './context.ts'
import { evaluate } from './evaluate.ts'
import { exported } from './export.ts'
import { narrowed, relaid, widened } from './layout.ts'
import { firstMemory, flatAnchor, forget, memoryOf, savedMemory, widenedMemory } from './memory.ts'
import { networksOf } from './networks.ts'
import { operationsOf } from './operations.ts'
import type { Learner, LearnerOptions, LearnerState } from './options.ts'
import { gather, stepPass, update } from './passes.ts'
import { moving } from './plans.ts'
import { sessionsOf } from './sessions.ts'

/**
 * A network that learns by plain inference graphs: loss, gradients and update are derived from its own graph.
 *
 * A batch of at most `batch` examples is one run of one graph; a longer one is cut, its gradients summed in one flat
 * vector and applied once, which gives what the whole batch gives to 3e-7. Weights lie in two sets of buffers: a step
 * reads one and writes the other. Training and evaluation read the same weights.
 *
 * Equal options, seeds and batches give equal bits on one machine, and `save` and `load` continue with the bits of a
 * learner that never stopped.
 *
 * Bytes  4 × weights × (3 + 2 × what the optimiser keeps of each), and the runtime's own: a graph to evaluate and one
 *        to step hold the frozen weights once each, however many ways pictures are shown.
 * @throws learner-output, unsupported-gradient, and what `networkOf` throws
 */
export async function learner(options: LearnerOptions): Promise<Learner> {
  checkOptions(options)
  const columns = chance('learner', options.seed, 'columns')
  const label = `the learner of ${options.model.label}`
  const groups = options.groups ?? [{ name: 'all', match: () => true }]
  const networks = await networksOf(options, label, columns)
  const { optimiser, threads } = options
  const context: Context = {
    label,
    options,
    groups,
    networks,
    sessions: sessionsOf(label, options),
    statistics: new Map(
      [...networks.statistics].map(([name, { dims, data }]) => [
        name,
        new Tensor('float32', Float32Array.from(data as Float32Array), dims),
      ]),
    ),
    dropping: chance('learner', options.seed, 'masks'),
    counts: new Map(),
    memory: firstMemory(networks, groups, optimiser),
    loss: options.loss,
  }
  const { sessions, statistics, dropping } = context

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
  const headNow = (): Trainable[] =>
    context.memory.entries.flatMap(({ ref: { name, dims } }, i) => {
      if (!networks.head.has(name)) return []
      return [{ name, dims, init: { type: 'float32', dims, data: context.memory.weights.now(i).data } }]
    })
  const save = (): LearnerState => ({
    ...savedMemory(context.memory),
    statistics: copied(statistics),
    chances: [columns.save(), dropping.save()],
  })

  return {
    get classes() {
      return context.memory.classes
    },
    get entries() {
      return context.memory.entries
    },
    threads,
    step: (batch, given = {}) => inTurn(() => stepPass(context, batch, given)),
    gradients: (batch, { mode } = {}) =>
      inTurn(async () => {
        const { loss } = await gather(context, batch, 'gradients', [], mode)
        return { loss, gradients: context.memory.sums.flat() }
      }),
    squaredGradients: (batch) =>
      inTurn(async () => {
        await gather(context, batch, 'squares', [])
        return context.memory.sums.flat()
      }),
    apply: (gradients, given = {}) =>
      inTurn(async () => {
        checkLength(context, 'gradients', gradients)
        context.memory.sums.set(gradients)
        await update(context, moving(context, given.frozen ?? []), given)
      }),
    features: (inputs, snapshot) => inTurn(() => evaluate(context, inputs, 'features', snapshot)),
    scores: (inputs, snapshot) => inTurn(() => evaluate(context, inputs, 'scores', snapshot)),
    snapshot: () => ({
      classes: context.memory.classes,
      weights: context.memory.weights.flat(),
      statistics: copied(statistics),
    }),
    operations: ({ front, frozen = [] } = {}) =>
      inTurn(async () => {
        const counts = await operationsOf(context, networks.fronts.named(front), frozen)
        const { forward, gradients, update } = counts
        return { forward, gradients, update }
      }),
    grow(added) {
      if (options.head === 'none') throw new RangeError('grow: the learner was made without a head')
      if (!(Number.isInteger(added) && added >= 1)) throw new RangeError(`grow: ${added} classes`)
      const grown = grownHead(headNow(), added, columns, options.head.init)
      context.memory = widenedMemory(context.memory, context.memory.classes + added)
      for (const { name, init } of grown) {
        const place = context.memory.entries.findIndex(({ ref }) => ref.name === name)
        context.memory.weights.now(place).data.set(init.data)
      }
      if (options.optimiserState === 'reset') forget(context.memory)
      sessions.retire(learning)
    },
    resetOptimiser() {
      forget(context.memory)
    },
    setLoss(loss) {
      context.loss = loss
      sessions.retire(learning)
    },
    setAnchor(anchor) {
      const { memory } = context
      for (const part of ['importance', 'at'] as const) {
        const given = anchor?.[part]
        if (given !== undefined) checkLength(context, part, given)
      }
      memory.anchor = anchor === null ? undefined : flatAnchor(anchor, memory)
    },
    anchor: () => savedMemory(context.memory).anchor,
    widened(flat) {
      const { entries } = context.memory
      return relaid(flat, narrowed(entries, flat.length), entries)
    },
    weights: () => context.memory.weights.flat(),
    setWeights(values) {
      checkLength(context, 'weights', values)
      context.memory.weights.set(values)
    },
    head() {
      if (options.head === 'none') throw new RangeError('head: the learner was made without a head')
      return joined(headNow().map(({ init }) => init.data))
    },
    setHead(values) {
      const parts = headNow().map(({ init }) => init.data)
      checkHead(parts, values)
      let from = 0
      for (const part of parts) {
        part.set(values.subarray(from, from + part.length))
        from += part.length
      }
    },
    export: () => exported(networks, context.memory, statistics, options.masks),
    save,
    load(state) {
      const saved = state as LearnerState
      checkState(context, saved)
      context.memory = memoryOf(widened(context.memory.entries, saved.classes), saved)
      for (const [name, { data }] of statistics) data.set(saved.statistics[name])
      columns.load(saved.chances[0])
      dropping.load(saved.chances[1])
      sessions.retire(() => true)
    },
    async release() {
      await before
      sessions.retire(() => true)
      await sessions.settled()
    },
  }
}

/** Sessions of what changes with the head, the loss or the anchor; those that evaluate stay. */
function learning(key: string): boolean {
  return !/^(features|head|front)\b/.test(key)
}

function copied(tensors: ReadonlyMap<string, Tensor<'float32'>>): Record<string, Float32Array> {
  return Object.fromEntries([...tensors].map(([name, { data }]) => [name, data.slice()]))
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let from = 0
  for (const part of parts) {
    whole.set(part, from)
    from += part.length
  }
  return whole
}
