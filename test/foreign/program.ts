import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'streambed-foreign-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let written = 0

/** A file of its own for a test. */
export function fileOf(name: string, text: string): string {
  const path = join(folder, `${written++}-${name}`)
  writeFileSync(path, text)
  return path
}

/**
 * A program that speaks the protocol without our client, in a language that every machine with Streambed has: nearest class
 * mean on embeddings. `faults` are what it does wrong, question by question: code that is run in place of the answer.
 */
export function programOf(
  faults: Readonly<Record<string, string>> = {},
  described: Readonly<Record<string, unknown>> = {},
): string {
  const path = fileOf(
    'nearest',
    `#!${process.execPath}
const { readSync, writeSync } = require('node:fs')
let columns = [], sums = [], counts = [], size = 0, batch = 32, id = 0
const questions = {
  describe: () => ({
    protocol: 1, name: 'nearest', summary: 'nearest class mean', source: 'none',
    needs: { gradients: 'none', seeded: false }, classifiers: { nearest: 'scores' }, options: { batch: 32 },
    operations: 'unknown', hooks: [], files: [], ...${JSON.stringify(described)},
  }),
  start({ dimension, options }) { size = dimension; batch = options.batch },
  newClasses({ classes }) {
    for (const label of classes) {
      columns.push(label); counts.push(0); sums.push(new Float64Array(size))
    }
  },
  stages: () => [{ name: 'means', over: { images: 'task', batch, epochs: 1, order: 'canonical' } }],
  step({ labels, rows, length }) {
    for (let i = 0; i < length; i++) {
      const column = columns.indexOf(labels.data[i])
      counts[column]++
      for (let k = 0; k < size; k++) sums[column][k] += rows.data[i * size + k]
    }
    return {}
  },
  predict({ rows, length }) {
    const scores = new Float32Array(length * columns.length)
    for (let i = 0; i < length; i++) columns.forEach((_, c) => {
      let distance = 0
      for (let k = 0; k < size; k++) {
        distance += (rows.data[i * size + k] - sums[c][k] / Math.max(1, counts[c])) ** 2
      }
      scores[i * columns.length + c] = -distance
    })
    return { nearest: { dtype: 'float32', shape: [length, columns.length], data: scores } }
  },
  save: () => ({
    counts: [...counts],
    sums: sums.map((data) => ({ dtype: 'float64', shape: [size], data: Float64Array.from(data) })),
  }),
  load({ state }) { counts = state.counts; sums = state.sums.map(({ data }) => data) },
}
const faults = {
${Object.entries(faults)
  .map(([question, code]) => `  ${question}(params, right) { ${code} },`)
  .join('\n')}
}
const bytesOf = (length) => {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length;) {
    const read = readSync(0, bytes, at, length - at)
    if (read === 0) process.exit(0)
    at += read
  }
  return bytes
}
const kinds = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array }
function walk(value, see) {
  if (value === null || typeof value !== 'object') return value
  const seen = see(value)
  if (seen !== undefined) return seen
  if (Array.isArray(value)) return value.map((member) => walk(member, see))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member, see)]))
}
function send(message) {
  const arrays = [], bytes = []
  const plain = walk(message, (value) => {
    if (!ArrayBuffer.isView(value.data)) return undefined
    bytes.push(Buffer.from(value.data.buffer))
    return { $array: arrays.push({ dtype: value.dtype, shape: value.shape, nbytes: value.data.byteLength }) - 1 }
  })
  const header = Buffer.from(JSON.stringify({ ...plain, arrays }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const frame = Buffer.concat([length, header, ...bytes])
  for (let at = 0; at < frame.length;) at += writeSync(1, frame, at)
}
for (;;) {
  const header = JSON.parse(bytesOf(bytesOf(4).readUInt32LE()).toString())
  const arrays = header.arrays.map(({ dtype, shape, nbytes }) => ({
    dtype, shape, data: new kinds[dtype](Uint8Array.from(bytesOf(nbytes)).buffer),
  }))
  const params = walk(header.params, (value) => arrays[value.$array])
  id = header.id
  const right = () => questions[header.method](params) ?? null
  const result = header.method in faults ? faults[header.method](params, right) : right()
  const usage = { cpuSeconds: process.cpuUsage().user / 1e6, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
  send({ jsonrpc: '2.0', id, result, usage, ...globalThis.more })
}
`,
  )
  chmodSync(path, 0o755)
  return path
}
