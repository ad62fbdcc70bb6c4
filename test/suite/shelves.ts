import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { StreambedError } from '../../src/error.ts'
import { parseSuite, type Shelves } from '../../src/suite/index.ts'

/** Shelves with a few things on them. */
export const shelves: Shelves = {
  streams: ['split-procedural', 'procedural-domains', 'split-cifar100', 'split-image-folder'],
  backbones: ['mini-resnet', 'vit-tiny', 'mobilenetv2'],
  preprocessing: ['nmc-224', 'aper-224'],
  methods: {
    nmc: {},
    er: { exemplars: 500, learningRate: 0.03 },
    'er.head': { exemplars: 500, learningRate: 0.01, buffer: 'reservoir', nesterov: false },
    'naive.head': { learningRate: 0.01 },
  },
  presets: (method) =>
    method === 'er.head'
      ? [{ name: 'tiny', summary: 'few exemplars', options: { exemplars: 5, nesterov: true } }]
      : [],
  metrics: ['accuracy.last@sample', 'accuracy.average@sample', 'forgetting@chaudhry18', 'bwt@lopezpaz17'],
}

export const folder = mkdtempSync(join(tmpdir(), 'streambed-suite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
export function written(text: string | Uint8Array): string {
  const file = join(folder, `suite-${files++}.yaml`)
  writeFileSync(file, text)
  return file
}

export function parsed(text: string, flags: { set?: string[]; with?: string[]; only?: string[] } = {}) {
  return parseSuite(written(text), { shelves, ...flags })
}

/** The mistakes of a suite, each with its place as the reader sees it, the folder left out. */
export function mistakesOf(
  text: string | Uint8Array,
  flags: { set?: string[]; with?: string[]; only?: string[] } = {},
) {
  const file = written(text)
  try {
    parseSuite(file, { shelves, ...flags })
  } catch (error) {
    const errors = (error instanceof AggregateError ? error.errors : [error]) as StreambedError[]
    return errors.map(({ code, what, where, mend }) => {
      if (code === undefined) throw error
      return { code, what, where: where?.replace(file, 's.yaml'), mend }
    })
  }
  return []
}

export const plain = `name: quick
streams:
  - name: split-cifar100
    tasks: B0-Inc10
    orders: [numpy:1993]
backbones: [vit-tiny]
methods:
  - nmc
  - name: er.head
    options:
      exemplars: 500
seeds: [0]
`
