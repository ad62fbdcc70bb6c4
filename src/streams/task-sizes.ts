import { either, StreambedError } from '../error.ts'

/**
 * How many classes each task brings: `B50-Inc10`, a number of equal tasks, or the sizes themselves.
 *
 * `B{b}-Inc{n}`: the first task has b classes and each later one n; `B0` means that the first has n as well. What
 * is left over is a last, smaller task, as PyCIL builds it: B0-Inc20 of 196 classes is nine 20s and then 16.
 * A small task that comes first is written out, or as its own base: `B16-Inc20`.
 */
export type TaskSizes = string | number | readonly number[]

const notation = /^B(\d{1,5})-Inc(\d{1,5})$/i

/**
 * Reads a task notation without knowing the number of classes, into its one spelling (`b0-inc10` → `B0-Inc10`).
 *
 * @throws task-sizes-unreadable
 */
export function parseTaskSizes(spec: TaskSizes, where?: string): TaskSizes {
  if (typeof spec === 'number' || (typeof spec === 'string' && /^\d+$/.test(spec))) {
    const tasks = Number(spec)
    if (Number.isInteger(tasks) && tasks >= 1) return tasks
  } else if (typeof spec === 'string') {
    const [, base, increment] = notation.exec(spec.trim()) ?? []
    if (base !== undefined && Number(increment) > 0) return `B${Number(base)}-Inc${Number(increment)}`
  } else if (spec.length > 0 && spec.every((size) => Number.isInteger(size) && size >= 1)) {
    return [...spec]
  }
  throw new StreambedError('task-sizes-unreadable', {
    what: `“${Array.isArray(spec) ? `[${spec.join(', ')}]` : spec}” does not say how classes make tasks.`,
    where,
    mend: 'Write B0-Inc10 or B50-Inc10, a number of equal tasks such as 10, or the sizes as in [16, 20, 20].',
  })
}

/**
 * The sizes of the tasks that a notation makes of this many classes. They add up to `classes`.
 *
 * `title` names whose classes they are, for the errors.
 * @throws task-sizes-unreadable, stream-does-not-divide, task-sizes-sum, task-sizes-base
 */
export function taskSizes(spec: TaskSizes, classes: number, title: string, where?: string): number[] {
  const parsed = parseTaskSizes(spec, where)
  if (typeof parsed === 'number') return equalSizes(parsed, classes, title, where)
  if (typeof parsed === 'string') return builtSizes(parsed, classes, title, where)
  const sum = parsed.reduce((total, size) => total + size, 0)
  if (sum === classes) return [...parsed]
  throw new StreambedError('task-sizes-sum', {
    what: `The task sizes add up to ${sum}, and ${title} has ${classes} classes.`,
    where,
    mend:
      sum < classes
        ? `Add ${classes - sum} more: every class belongs to a task.`
        : `Take ${sum - classes} away: each class belongs to one task.`,
  })
}

function equalSizes(tasks: number, classes: number, title: string, where?: string): number[] {
  if (classes % tasks === 0) return new Array<number>(tasks).fill(classes / tasks)
  throw new StreambedError('stream-does-not-divide', {
    what: `${title} has ${classes} classes, which do not make ${tasks} equal tasks.`,
    where,
    mend: `Ask for ${either(divisorsOf(classes))}, or list the sizes yourself.`,
  })
}

function builtSizes(spec: string, classes: number, title: string, where?: string): number[] {
  const [base, increment] = spec.match(/\d+/g)!.map(Number)
  const first = base === 0 ? increment : base
  if (first > classes) {
    throw new StreambedError('task-sizes-base', {
      what: `${spec} starts with ${first} classes, and ${title} has ${classes}.`,
      where,
      mend: `Start with ${classes} or fewer.`,
    })
  }
  const sizes = [first]
  let sum = first
  while (sum < classes) {
    const size = Math.min(increment, classes - sum)
    sizes.push(size)
    sum += size
  }
  return sizes
}

/** The divisors of n from 2 up: the numbers of equal tasks that n classes make. */
function divisorsOf(n: number): number[] {
  const divisors = Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0)
  return divisors.length > 1 ? divisors.slice(1) : divisors
}

/**
 * The shortest name of a list of sizes: `b0-inc10`, `b50-inc10`, and `16x2-20` where no B/Inc notation gives it.
 * Equal lists have equal names, however they were asked for.
 */
export function shapeOf(sizes: readonly number[]): { name: string; title: string } {
  const classes = sizes.reduce((sum, size) => sum + size, 0)
  const candidates = [`B0-Inc${sizes[0]}`, ...(sizes.length > 1 ? [`B${sizes[0]}-Inc${sizes[1]}`] : [])]
  const built = candidates.find((spec) => String(builtSizes(spec, classes, '')) === String(sizes))
  if (built !== undefined) return { name: built.toLowerCase(), title: built }
  const runs: { size: number; times: number }[] = []
  for (const size of sizes) {
    const last = runs.at(-1)
    if (last?.size === size) last.times++
    else runs.push({ size, times: 1 })
  }
  return {
    name: runs.map(({ size, times }) => (times === 1 ? `${size}` : `${size}x${times}`)).join('-'),
    title: `tasks of ${runs.map(({ size, times }) => (times === 1 ? `${size}` : `${times} × ${size}`)).join(', ')}`,
  }
}
