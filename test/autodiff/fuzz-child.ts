import { readdirSync, readFileSync, writeSync } from 'node:fs'
import { StreambedError } from '../../src/error.ts'
import { crossEntropy, learner, oneHot, sgd } from '../../src/learner/index.ts'
import { readModel } from '../../src/onnx/index.ts'
import { chance, sizeOf } from '../../src/tensor/index.ts'
import { damaged } from './damage.ts'
import { folder } from './golden-networks.ts'
import { loneNodes } from './lone-nodes.ts'

/**
 * Trains damaged networks in a process of its own, which native code may kill. `fuzz-child.ts networks FROM TO` tells of
 * each seed from FROM to TO − 1, a line of JSON before it starts and one when it has ended; with `nodes`, of networks
 * of a single node.
 */
const [kind, ...range] = process.argv.slice(2)
const [from, to] = range.map(Number)
const whole = readdirSync(folder)
  .filter((name) => name.endsWith('.onnx'))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(`${folder}/${name}`)) }))
const subjects = kind === 'nodes' ? await loneNodes() : whole
/** Synchronous: what is not yet written when a process dies is lost. */
const tell = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`)

for (let seed = from; seed < to; seed++) {
  const random = chance('damage', seed)
  const subject = subjects[seed % subjects.length]
  const file = subject.name
  const { bytes, by } = damaged(subject.bytes, random)
  tell({ seed, file, by })
  const start = performance.now()
  try {
    await train(bytes, file, seed)
    tell({ seed, end: 'trained', ms: performance.now() - start })
  } catch (error) {
    const ms = performance.now() - start
    if (error instanceof StreambedError)
      tell({ seed, end: 'refused', code: error.code, what: error.what, ms })
    else tell({ seed, end: 'wrong', stack: String((error as Error).stack), ms })
  }
}

/** One step, one evaluation and one export, as a user of the library would have them. */
async function train(bytes: Uint8Array, file: string, seed: number) {
  const model = readModel(bytes, file)
  const [output] = model.graph.outputs
  const shapes = model.graph.inputs.map(({ name, shape }) => [name, shape ?? []] as const)
  const batch = Math.max(1, Number(shapes[0]?.[1][0]) || 2)
  const learns = await learner({
    model,
    head: { kind: 'linear', classes: 3 },
    output: output.name,
    trainable: 'all',
    batchNorm: seed % 2 === 0 ? 'frozen' : 'training',
    loss: crossEntropy(),
    optimiser: sgd({ rate: 1e-3 }),
    batch,
    threads: 1,
    seed,
  })
  try {
    const random = chance('pictures', seed)
    const inputs = Object.fromEntries(
      shapes.map(([name, shape]) => {
        const size = sizeOf(shape.map((dim, axis) => (axis === 0 ? batch : Number(dim))))
        return [name, Float32Array.from({ length: size }, () => random.float())]
      }),
    )
    const labels = Array.from({ length: batch }, (_, i) => i % 3)
    await learns.step({ inputs, targets: { targets: oneHot(labels, 3) } })
    await learns.scores(inputs)
    readModel(learns.export(), 'exported')
  } finally {
    await learns.release()
  }
}
