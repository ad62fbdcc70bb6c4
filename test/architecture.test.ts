import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/**
 * The house's arrows. A room may use the rooms listed for it and itself; nothing else.
 * The reading half (record, store, metrics, report, tui) never uses the making half.
 */
const leaves = ['error', 'identity', 'files']
const mayUse: Record<string, readonly string[]> = {
  error: [],
  identity: [],
  files: [],
  // making
  tensor: [],
  pictures: ['tensor'],
  onnx: ['tensor'],
  runtime: ['tensor', 'onnx'],
  autodiff: ['tensor', 'onnx', 'runtime'],
  rewriting: ['tensor', 'pictures', 'onnx', 'runtime', 'autodiff'],
  learner: ['tensor', 'onnx', 'runtime', 'autodiff', 'rewriting'],
  backbones: ['tensor', 'pictures', 'onnx', 'runtime', 'rewriting'],
  drawing: ['tensor'],
  datasets: ['tensor', 'pictures', 'drawing'],
  streams: ['tensor', 'datasets'],
  embeddings: ['tensor', 'pictures', 'onnx', 'runtime', 'backbones', 'datasets'],
  foreign: ['method'],
  method: ['tensor', 'pictures', 'onnx', 'runtime', 'rewriting', 'learner'],
  protocol: [
    'tensor',
    'pictures',
    'runtime',
    'backbones',
    'datasets',
    'streams',
    'embeddings',
    'learner',
    'method',
    'foreign',
    'record',
  ],
  conformance: ['tensor', 'onnx', 'runtime', 'streams', 'method', 'protocol', 'record'],
  // the waist, and reading
  record: [],
  store: ['record'],
  metrics: ['record'],
  report: ['record', 'store', 'metrics'],
  tui: ['record', 'report'],
  // joining the halves
  suite: ['tensor', 'runtime', 'streams', 'method', 'backbones', 'pictures'],
  harness: ['*'],
  cli: ['*'],
  index: ['*'],
  // beforehand: makes the networks that come along
  pretraining: ['tensor', 'drawing', 'onnx', 'learner'],
}

const source = fileURLToPath(new URL('../src', import.meta.url))
const baselines = fileURLToPath(new URL('../baselines', import.meta.url))

interface Arrow {
  from: string
  to: string
  line: number
}

function modulesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return modulesIn(path)
    return /\.tsx?$/.test(name) ? [path] : []
  })
}

function importsOf(module: string): { specifier: string; line: number }[] {
  return readFileSync(module, 'utf8')
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => ({
        specifier: match[1],
        line: index + 1,
      })),
    )
}

function arrowsIn(folder: string): Arrow[] {
  return modulesIn(folder).flatMap((module) =>
    importsOf(module)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, line }) => ({ from: module, to: resolve(dirname(module), specifier), line })),
  )
}

function roomOf(module: string): string {
  return relative(source, module).split('/')[0].replace(/\.ts$/, '')
}

const name = (module: string) => relative(dirname(source), module)

test('arrows between rooms point one way', () => {
  const wrong = arrowsIn(source)
    .filter(({ from, to }) => {
      const [here, there] = [roomOf(from), roomOf(to)]
      if (here === there || leaves.includes(there)) return false
      const allowed = mayUse[here]
      return !allowed?.includes('*') && !allowed?.includes(there)
    })
    .map(({ from, to, line }) => `${name(from)}:${line} uses ${name(to)}`)
  expect(wrong).toEqual([])
})

test('outsiders come in by the door: another room is imported by its index.ts alone', () => {
  const wrong = arrowsIn(source)
    .filter(({ from, to }) => roomOf(from) !== roomOf(to) && to.startsWith(source))
    .filter(({ to }) => relative(source, to).includes('/') && !to.endsWith('/index.ts'))
    .map(({ from, to, line }) => `${name(from)}:${line} uses ${name(to)}`)
  expect(wrong).toEqual([])
})

test('nobody walks out of his own front door', () => {
  const wrong = arrowsIn(source)
    .filter(({ from, to }) => roomOf(from) === roomOf(to) && to === join(source, roomOf(from), 'index.ts'))
    .map(({ from, line }) => `${name(from)}:${line}`)
  expect(wrong).toEqual([])
})

test('nothing that runs uses how its backbones were pretrained', () => {
  const wrong = arrowsIn(source)
    .filter(({ from, to }) => roomOf(from) !== 'pretraining' && roomOf(to) === 'pretraining')
    .map(({ from, to, line }) => `${name(from)}:${line} uses ${name(to)}`)
  expect(wrong).toEqual([])
})

test('every room of the house is on the plan', () => {
  const rooms = new Set(modulesIn(source).map(roomOf))
  expect([...rooms].filter((room) => !(room in mayUse))).toEqual([])
})

test('a baseline enters by the same door as a user’s method, or is a variant of its neighbour', () => {
  const wrong = modulesIn(baselines)
    .filter((module) => !module.endsWith('/index.ts'))
    .flatMap((module) => importsOf(module).map(({ specifier, line }) => ({ module, specifier, line })))
    .filter(({ specifier }) => specifier !== 'streambed' && !/^\.\/[\w.-]+\.ts$/.test(specifier))
    .map(({ module, specifier, line }) => `${name(module)}:${line} imports ${specifier}`)
  expect(wrong).toEqual([])
})
