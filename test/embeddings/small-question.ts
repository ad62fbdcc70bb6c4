import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Backbone } from '../../src/backbones/index.ts'
import type { Dataset } from '../../src/datasets/index.ts'
import type { EmbeddingQuestion } from '../../src/embeddings/index.ts'
import { publish } from '../../src/files/index.ts'
import { sha256 } from '../../src/identity/index.ts'
import { buildModel, type NodeSpec } from '../../src/onnx/index.ts'

const side = 32
const pixels = 3 * side * side
const records = 64
const recordBytes = 1 + pixels

/** Pixel bytes that look like chance and are a formula. */
export function pixelAt(record: number, at: number): number {
  return ((record * 2654435761 + at * 40503 + ((at * at) % 251) * 97) >>> 3) % 256
}

/** A number between −1 and 1 that is a formula of its place. */
const weightAt = (i: number) => (((i * 2654435761) >>> 5) % 2001) / 1000 - 1

export interface SmallQuestion {
  /** Images of each split; each shows one of 64 records, over and over. */
  train: number
  test: number
  dimension?: number
  /** Square layers of 1,024 to make the network slower; 2 MFLOP an image and layer. */
  layers?: number
  /** Where pictures come from instead of 64 records in one binary file. */
  files?: readonly string[]
}

/** A dataset of 64 records in one file and a backbone of one product, so that a few lines of arithmetic check it. */
export function smallQuestion(folder: string, shape: SmallQuestion): EmbeddingQuestion {
  return {
    dataset: shape.files ? fileDataset(shape, shape.files) : recordDataset(folder, shape),
    backbone: smallBackbone(folder, shape),
    preprocessing: {
      resize: null,
      crop: null,
      colour: 'rgb',
      divisor: 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
  }
}

/** The first number of an image's embedding when there are no layers, in float64. */
export function firstNumber(record: number, dimension = 16): number {
  let sum = 0
  for (let i = 0; i < pixels; i++)
    sum += (pixelAt(record, i) / 127.5 - 1) * Math.fround(weightAt(i * dimension))
  return sum
}

export const recordOf = (row: number): number => (row * 7 + Math.floor(row / 64)) % records

function recordDataset(folder: string, { train, test }: SmallQuestion): Dataset {
  const path = join(folder, 'records.bin')
  const bytes = new Uint8Array(records * recordBytes)
  for (let r = 0; r < records; r++) {
    for (let i = 0; i < pixels; i++) bytes[r * recordBytes + 1 + i] = pixelAt(r, i)
  }
  write(path, bytes)
  const files = [{ path, records }]
  const rows = (size: number) => Uint32Array.from({ length: size }, (_, row) => recordOf(row))
  return {
    ...described({ train, test }),
    source: {
      format: 'cifar-binary',
      files: { train: files, test: files },
      labelBytes: 1,
      records: { train: rows(train), test: rows(test) },
    },
  }
}

function fileDataset({ train, test }: SmallQuestion, files: readonly string[]): Dataset {
  const paths = (size: number) => Array.from({ length: size }, (_, row) => files[row % files.length])
  return {
    ...described({ train, test }),
    source: { format: 'files', paths: { train: paths(train), test: paths(test) } },
  }
}

function described({ train, test }: { train: number; test: number }): Omit<Dataset, 'source'> {
  const split = (size: number) => ({
    size,
    labels: new Uint16Array(size),
    hashes: new Uint8Array(size * 16),
  })
  return {
    name: 'small',
    title: 'Small',
    classes: ['all'],
    id: sha256(`${train} ${test}`).slice(0, 16),
    status: 'unverified',
    image: { width: side, height: side },
    splits: { train: split(train), test: split(test) },
    notes: [],
  }
}

function smallBackbone(folder: string, { dimension = 16, layers = 0 }: SmallQuestion): Backbone {
  const width = 1024
  const wide = (from: number, to: number, scale: number) => ({
    type: 'float32' as const,
    dims: [from, to],
    data: Float32Array.from({ length: from * to }, (_, i) => weightAt(i) * scale),
  })
  const nodes: NodeSpec[] = [{ op: 'Flatten', inputs: ['x'], outputs: ['flat'], attributes: { axis: 1 } }]
  let at = 'flat'
  const then = (op: string, inputs: string[], output: string) => {
    nodes.push({ op, inputs, outputs: [output] })
    at = output
  }
  if (layers > 0) then('MatMul', [at, 'in'], 'h0')
  for (let k = 0; k < layers; k++) {
    then('MatMul', [at, 'square'], `m${k}`)
    then('Tanh', [at], `h${k + 1}`)
  }
  then('MatMul', [at, 'out'], 'features')
  const bytes = buildModel({
    inputs: { x: { type: 'float32', shape: ['batch', 3, side, side] } },
    outputs: { features: { type: 'float32', shape: ['batch', dimension] } },
    nodes,
    constants: {
      ...(layers > 0 && { in: wide(pixels, width, 0.05), square: wide(width, width, 0.05) }),
      out: wide(layers > 0 ? width : pixels, dimension, 1),
    },
  })
  const path = join(folder, `small-${dimension}-${layers}.onnx`)
  write(path, bytes)
  return {
    name: 'small',
    path,
    sha256: sha256(bytes),
    dimension,
    passport: {
      version: 1,
      name: 'small',
      title: 'Small net',
      summary: 'one product',
      file: 'small.onnx',
      sha256: sha256(bytes),
      url: null,
      licence: null,
      input: { name: 'x', height: side, width: side },
      embedding: { name: 'features', dimension },
      preprocessing: {
        resize: null,
        crop: null,
        colour: 'rgb',
        divisor: 255,
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      },
      pretraining: { datasets: [], note: 'none' },
      golden: { tolerance: 1e-3, images: [], source: 'none' },
    },
  }
}

/** Once, and whole: several processes may ask at the same time, and one may be forbidden to write files this large. */
function write(path: string, bytes: Uint8Array): void {
  if (!existsSync(path)) publish(path, [bytes])
}
