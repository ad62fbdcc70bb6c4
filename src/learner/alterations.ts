import type { Altered, Ask, Emit, Ref } from '../autodiff/index.ts'
import { columnsOf } from './by-column.ts'
import type { UpdatePlan } from './graphs.ts'
import { inputName } from './input-name.ts'
import type { Entry } from './layout.ts'

/** What happens to gradients before they move anything: a pull towards an anchor, the choice of columns, clipping. */
export function alterations({ anchored, byColumn, clip }: UpdatePlan, of: (weight: string) => Entry) {
  return (emit: Emit, arriving: ReadonlyMap<string, Ref>, ask: Ask): Altered => {
    const pulled = anchored ? pull(emit, arriving, of, ask) : { gradients: arriving, told: {} }
    const chosen = byColumn
      ? new Map([...pulled.gradients].map(([name, ref]) => [name, columnsOf(emit, of(name), ask)(ref)]))
      : pulled.gradients
    const cut = clip === undefined ? { gradients: chosen, told: {} } : clipped(emit, chosen, clip)
    return { gradients: cut.gradients, told: { ...pulled.told, ...cut.told } }
  }
}

/** strength · Σ importance · (w − anchor)², and its gradient on top of the others. */
function pull(emit: Emit, arriving: ReadonlyMap<string, Ref>, of: (weight: string) => Entry, ask: Ask) {
  const strength = ask(inputName.strength, [])
  const twice = emit.Mul(strength, emit.scalar(2))
  const gradients = new Map<string, Ref>()
  const terms: Ref[] = []
  for (const [name, gradient] of arriving) {
    const { ref } = of(name)
    const away = emit.Sub(ref, ask(inputName.anchor(name), ref.dims))
    const weighed = emit.Mul(ask(inputName.importance(name), ref.dims), away)
    terms.push(emit.ReduceSum(emit.Mul(weighed, away), everyAxis(ref.dims), false))
    gradients.set(name, emit.Add(gradient, emit.Mul(weighed, twice)))
  }
  return { gradients, told: { penalty: emit.Mul(sum(emit, terms), strength) } }
}

/** All gradients times min(1, limit / (norm + 1e-6)), norm being the length of all together: PyTorch's clip_grad_norm_. */
function clipped(emit: Emit, arriving: ReadonlyMap<string, Ref>, limit: number) {
  const squares = [...arriving.values()].map((gradient) =>
    emit.ReduceSum(emit.Mul(gradient, gradient), everyAxis(gradient.dims), false),
  )
  const norm = emit.Sqrt(sum(emit, squares))
  const ratio = emit.Div(emit.scalar(limit), emit.Add(norm, emit.scalar(1e-6)))
  const share = emit.call('Min', [ratio, emit.scalar(1)], [{ dims: [] }])[0]
  return {
    told: { norm },
    gradients: new Map([...arriving].map(([name, gradient]) => [name, emit.Mul(gradient, share)])),
  }
}

function sum(emit: Emit, terms: readonly Ref[]): Ref {
  return terms.length === 1 ? terms[0] : emit.Sum(...terms)
}

function everyAxis(dims: readonly number[]): number[] {
  return dims.map((_, axis) => axis)
}
