import type { FisherInformation, Learner, Network } from '../../method/index.ts'
import { defineCheck } from '../check.ts'
import { embeddingSize, microEmbeddings, microLabels } from '../micro-stream.ts'

/**
 * On a linear head the gradient of −log p(y|x) is (p − y) x, so every estimate of the Fisher information can be written
 * down: of a part with `add` and `take`, beside a network, it must be one of the five in use (`fisherInformation`).
 */
export const fisher = defineCheck({
  name: 'fisher',
  promise: 'has the Fisher information of a linear model, where that is known',
  silent: ({ level }) => (level === 'embeddings' ? undefined : 'its network is not linear'),
  async of(subject) {
    const { learner } = await subject.learner()
    const parts = Object.entries(learner.parts)
    const of = parts.find(([, part]) => 'add' in part && 'take' in part) as
      | [string, FisherInformation]
      | undefined
    const network = parts.find(([, part]) => 'squaredGradients' in part)?.[1] as Network | undefined
    if (of === undefined || network === undefined) return { silent: 'it gathers no Fisher information' }
    const known = await closedForms(learner, network, of[1])
    const [first] = known.measured
    const close = Object.entries(known.forms).find(([, form]) => isClose(known.measured, form))
    return close ? undefined : `${of[0]}: its first entry is ${first}; closed forms give ${text(known.forms)}`
  },
})

async function closedForms(learner: Learner, network: Network, part: FisherInformation) {
  const classes = [0, 1, 2]
  const chosen = [...microLabels.train.keys()].filter(
    (row) => classes.includes(microLabels.train[row]) && row % 4 === 0,
  )
  const rows = Float32Array.from(
    chosen.flatMap((row) => [
      ...microEmbeddings.train.subarray(row * embeddingSize, (row + 1) * embeddingSize),
    ]),
  )
  const labels = Int32Array.from(chosen, (row) => microLabels.train[row])
  learner.newClasses?.(classes)
  const K = classes.length
  const p = softmax(await network.scores(rows), K)
  await part.add(rows, labels)
  const measured = part.take()

  const n = labels.length
  const own = network.columns(labels)
  /** Of example i, were its column c. */
  const gradient = (i: number, c: number) =>
    Float64Array.from({ length: (embeddingSize + 1) * K }, (_, at) => {
      const [j, k] = [Math.floor(at / K), at % K]
      const x = j < embeddingSize ? rows[i * embeddingSize + j] : 1
      return (p[i * K + k] - (k === c ? 1 : 0)) * x
    })
  const mean = (of: (i: number) => Float64Array) => {
    const sum = new Float64Array((embeddingSize + 1) * K)
    for (let i = 0; i < n; i++) of(i).forEach((value, at) => (sum[at] += value / n))
    return sum
  }
  const squares = (i: number, c: number) => gradient(i, c).map((g) => g * g)
  const forms = {
    empirical: mean((i) => squares(i, own[i])),
    weighted: mean((i) => squares(i, own[i]).map((g) => g * p[i * K + own[i]])),
    'of the mean gradient': mean((i) => gradient(i, own[i])).map((g) => g * g),
    true: mean((i) => {
      const sum = new Float64Array((embeddingSize + 1) * K)
      for (let c = 0; c < K; c++) squares(i, c).forEach((g, at) => (sum[at] += g * p[i * K + c]))
      return sum
    }),
  }
  return { measured, forms }
}

/** Of one float32's digits, relative to the largest entry. */
function isClose(measured: Float32Array, form: Float64Array): boolean {
  if (measured.length !== form.length) return false
  const top = form.reduce((most, value) => Math.max(most, value), 0)
  return measured.every((value, i) => Math.abs(value - form[i]) <= 1e-4 * top)
}

function softmax(scores: Float32Array, K: number): Float64Array {
  const p = Float64Array.from(scores, Math.exp)
  for (let i = 0; i < p.length; i += K) {
    const sum = p.subarray(i, i + K).reduce((a, b) => a + b)
    for (let k = i; k < i + K; k++) p[k] /= sum
  }
  return p
}

function text(forms: Readonly<Record<string, Float64Array>>): string {
  return Object.entries(forms)
    .map(([name, [first]]) => `${first.toPrecision(4)} (${name})`)
    .join(', ')
}
