import type { ClassGaussians, Part } from '../../method/index.ts'
import { chance } from '../../tensor/index.ts'
import { defineCheck } from '../check.ts'

const [examples, draws] = [40, 4000]

/**
 * A part that draws features of classes (`grow`, `add`, `draw`) is given 40 examples of two of them; of 4,000 draws of
 * each, means and covariances must be those of the examples, within five standard errors.
 */
export const moments = defineCheck({
  name: 'moments',
  promise: 'draws features of the means and covariances that it saw',
  async of(subject) {
    const { learner, backbone } = await subject.learner()
    const of = Object.entries(learner.parts).find((entry): entry is [string, ClassGaussians] =>
      isGaussian(entry[1]),
    )
    if (of === undefined) return { silent: 'it draws no features' }
    const [name, part] = of
    const d = backbone.dimension
    const labels = Int32Array.from({ length: 2 * examples }, (_, i) => i % 2)
    const noise = chance('conformance', 'moments')
    // Of two classes with spreads of their own, neighbouring features going together.
    const rows = new Float32Array(labels.length * d)
    labels.forEach((label, i) => {
      let before = 0
      for (let j = 0; j < d; j++) {
        before = (0.5 + label) * noise.normal() + 0.5 * before
        rows[i * d + j] = before + 2 * label + j / d
      }
    })
    part.grow([0, 1])
    await part.add(rows, labels)
    const drawn = await part.draw({ each: draws, random: chance('conformance', 'draws') })
    for (const label of [0, 1]) {
      const [given, got] = [momentsOf(rows, labels, label, d), momentsOf(drawn.rows, drawn.labels, label, d)]
      if (got.n !== draws) return `${name}: ${got.n} draws of a class, and ${draws} were asked for`
      for (let i = 0; i < d; i++) {
        const error = 5 * Math.sqrt(given.covariance[i * d + i] / draws)
        const [asked, mean] = [given.mean[i], got.mean[i]]
        if (Math.abs(mean - asked) > error)
          return `${name}: a mean is ${mean.toFixed(3)}, and was ${asked.toFixed(3)}`
        for (let j = 0; j <= i; j++) {
          const [s, drawnS] = [given.covariance[i * d + j], got.covariance[i * d + j]]
          const both = given.covariance[i * d + i] * given.covariance[j * d + j]
          if (Math.abs(drawnS - s) > 5 * Math.sqrt((both + s * s) / draws) + 1e-3) {
            return `${name}: a covariance is ${drawnS.toFixed(3)}, and was ${s.toFixed(3)}`
          }
        }
      }
    }
  },
})

function isGaussian(part: Part): boolean {
  return ['grow', 'add', 'draw'].every((name) => name in part) && !('capacity' in part)
}

function momentsOf(rows: Float32Array, labels: Int32Array, label: number, d: number) {
  const own = [...labels.keys()].filter((i) => labels[i] === label)
  const mean = new Float64Array(d)
  const covariance = new Float64Array(d * d)
  for (const i of own) for (let j = 0; j < d; j++) mean[j] += rows[i * d + j] / own.length
  for (const at of own) {
    for (let i = 0; i < d; i++) {
      const difference = (rows[at * d + i] - mean[i]) / (own.length - 1)
      for (let j = 0; j < d; j++) covariance[i * d + j] += difference * (rows[at * d + j] - mean[j])
    }
  }
  return { n: own.length, mean, covariance }
}
