import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot, publish } from '../files/index.ts'
import { buildModel, type NodeSpec } from '../onnx/index.ts'
import { chance } from '../tensor/index.ts'

/**
 * The network that comes with Streambed: filters chosen by formula and by seeded chance, trained on nothing.
 *
 * Input `image` [batch, 3, 32, 32] float32 in −2 … 2, RGB. Output `embedding` [batch, 192] float32, none negative.
 *
 *   filters   24 of 7 × 7: edges and bars of brightness in four directions and two sizes, colour opponents, blobs
 *   rectify   each filter's answer and its negative, both cut at zero: 48 maps, halved by averaging
 *   mix       64 of 3 × 3 over all maps, drawn from a normal distribution, cut at zero; then 64 more over those
 *   pool      the mean of the first 64, and the largest value of each of the 128: what is there, wherever it is
 *
 * Edges and colour opponents are what the first layer of trained networks tends to; random filters above them keep
 * enough to tell simple pictures apart. `npx tsx src/backbones/make-embedded.ts` writes the file that is committed.
 * @source Jarrett et al., "What is the Best Multi-Stage Architecture for Object Recognition?", ICCV 2009
 */
export function embeddedNetwork(): Uint8Array {
  const filters = filterBank()
  const maps = 2 * filters.length
  const around = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }
  return buildModel({
    name: 'fixed-filters',
    opset: 17,
    inputs: { image: { type: 'float32', shape: ['batch', 3, 32, 32] } },
    outputs: { embedding: { type: 'float32', shape: ['batch', 3 * mixed] } },
    constants: {
      filters: { type: 'float32', dims: [filters.length, 3, side, side], data: filters.flat().map(onGrid) },
      mix: { type: 'float32', dims: [mixed, maps, 3, 3], data: mixingWeights('mix', maps) },
      'mix again': { type: 'float32', dims: [mixed, mixed, 3, 3], data: mixingWeights('mix again', mixed) },
    },
    nodes: [
      node('Conv', ['image', 'filters'], 'answers', { kernel_shape: [side, side], pads: [3, 3, 3, 3] }),
      node('Neg', ['answers'], 'opposite'),
      node('Concat', ['answers', 'opposite'], 'both', { axis: 1 }),
      node('Relu', ['both'], 'rectified'),
      node('AveragePool', ['rectified'], 'halved', { kernel_shape: [2, 2], strides: [2, 2] }),
      node('Conv', ['halved', 'mix'], 'mixed', around),
      node('Relu', ['mixed'], 'cut'),
      node('Conv', ['cut', 'mix again'], 'mixed again', around),
      node('Relu', ['mixed again'], 'cut again'),
      node('GlobalAveragePool', ['cut'], 'means'),
      node('GlobalMaxPool', ['cut'], 'peaks'),
      node('GlobalMaxPool', ['cut again'], 'peaks again'),
      node('Concat', ['means', 'peaks', 'peaks again'], 'pooled', { axis: 1 }),
      node('Flatten', ['pooled'], 'embedding', { axis: 1 }),
    ],
  })
}

const side = 7
const mixed = 64

/** To 16 binary places: engines differ in the last bit of a cosine, and the bytes of this network must not. */
const onGrid = (value: number) => Math.round(value * 65_536) / 65_536

function node(op: string, inputs: string[], output: string, attributes?: NodeSpec['attributes']): NodeSpec {
  return { op, inputs, outputs: [output], ...(attributes && { attributes }) }
}

/** How much of red, green and blue a filter reads. */
const channels = {
  brightness: [1 / 3, 1 / 3, 1 / 3],
  redGreen: [0.5, -0.5, 0],
  blueYellow: [-0.25, -0.25, 0.5],
} as const

/** 24 filters, each [3, 7, 7] row-major: a spatial shape of unit length times a mixture of colours. */
function filterBank(): number[][] {
  const bank: number[][] = []
  const add = (shape: number[], colour: readonly number[]) =>
    bank.push(colour.flatMap((share) => shape.map((value) => value * share)))
  for (const { wavelength, spread } of [
    { wavelength: 4, spread: 1.3 },
    { wavelength: 8, spread: 2.2 },
  ]) {
    for (let direction = 0; direction < 4; direction++) {
      const angle = (direction * Math.PI) / 4
      add(gabor({ angle, wavelength, spread, phase: 0 }), channels.brightness)
      add(gabor({ angle, wavelength, spread, phase: Math.PI / 2 }), channels.brightness)
    }
  }
  for (const colour of [channels.redGreen, channels.blueYellow]) {
    for (const angle of [0, Math.PI / 2]) {
      add(gabor({ angle, wavelength: 8, spread: 2.2, phase: Math.PI / 2 }), colour)
    }
    add(blob(1.5), colour)
  }
  add(blob(1.5), channels.brightness)
  add(centred(blob(0.8)), channels.brightness) // a bright dot on a dark ground
  return bank
}

/** A wave under a bell, without its mean, so that an even surface answers 0. */
function gabor({
  angle,
  wavelength,
  spread,
  phase,
}: {
  angle: number
  wavelength: number
  spread: number
  phase: number
}): number[] {
  return centred(
    spatial((x, y) => {
      const along = x * Math.cos(angle) + y * Math.sin(angle)
      return (
        Math.exp(-(x * x + y * y) / (2 * spread * spread)) *
        Math.cos((2 * Math.PI * along) / wavelength + phase)
      )
    }),
  )
}

/** A bell whose values add up to 1. */
function blob(spread: number): number[] {
  const values = spatial((x, y) => Math.exp(-(x * x + y * y) / (2 * spread * spread)))
  const sum = values.reduce((a, b) => a + b)
  return values.map((value) => value / sum)
}

function spatial(value: (x: number, y: number) => number): number[] {
  const reach = (side - 1) / 2
  return Array.from({ length: side * side }, (_, i) =>
    value((i % side) - reach, Math.floor(i / side) - reach),
  )
}

/** Without its mean, and of length 1. */
function centred(values: number[]): number[] {
  const mean = values.reduce((a, b) => a + b) / values.length
  const length = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0))
  return values.map((value) => (value - mean) / length)
}

/** [64, maps, 3, 3] normal, scaled so that a mixed map is about as large as what it mixes. */
function mixingWeights(name: string, maps: number): number[] {
  const random = chance('fixed-filters', name)
  const scale = Math.sqrt(2 / (maps * 9))
  return Array.from({ length: mixed * maps * 9 }, () => onGrid(scale * random.normal()))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  publish(join(packageRoot, 'src/backbones/fixed-filters.onnx'), [embeddedNetwork()])
}
