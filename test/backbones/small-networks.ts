import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Passport } from '../../src/backbones/index.ts'
import { sha256 } from '../../src/identity/index.ts'
import { buildModel, type ModelSpec } from '../../src/onnx/index.ts'

/** A network that answers with the mean of each channel, [batch, 3] and before that [batch, 3, 1, 1]. */
export const channelMeans: ModelSpec = {
  opset: 13,
  inputs: { picture: { type: 'float32', shape: ['n', 3, 4, 4] } },
  outputs: { flat: { type: 'float32', shape: ['n', 3] } },
  nodes: [
    { op: 'Relu', inputs: ['picture'], outputs: ['pixels'] }, // bears the name that our own input will have
    { op: 'GlobalAveragePool', inputs: ['pixels'], outputs: ['pooled'] },
    { op: 'Flatten', inputs: ['pooled'], outputs: ['flat'], attributes: { axis: 1 } },
  ],
}

export function folderOfItsOwn(): string {
  return mkdtempSync(join(tmpdir(), 'streambed-backbones-'))
}

/** Writes a network and returns the backbone that a passport of these parts makes of it. */
export function smallBackbone(spec: ModelSpec, parts: Partial<Passport> = {}) {
  const bytes = buildModel(spec)
  const folder = folderOfItsOwn()
  const path = join(folder, 'small.onnx')
  writeFileSync(path, bytes)
  const passport: Passport = {
    version: 1,
    name: 'small',
    title: 'Small',
    summary: 'channel means',
    file: 'small.onnx',
    sha256: sha256(bytes),
    url: null,
    licence: null,
    input: { name: 'picture', height: 4, width: 4 },
    embedding: { name: 'flat', dimension: 3 },
    preprocessing: {
      resize: null,
      crop: null,
      colour: 'rgb',
      divisor: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
    pretraining: null,
    golden: { tolerance: 0.001, images: [], source: 'none' },
    ...parts,
  }
  return { folder, path, passport }
}
