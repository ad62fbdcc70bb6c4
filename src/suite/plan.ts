import type { OptionValue } from '../method/index.ts'
import type { Device } from '../runtime/index.ts'
import type { ImagesPerClass } from '../streams/index.ts'

/** A suite file after parsing: names and settings, nothing opened yet. */
export interface Suite {
  name: string
  /** Hash of what determines results, and nothing else. */
  id: string
  title: string
  streams: readonly StreamChoice[]
  backbones: readonly BackboneChoice[]
  methods: readonly MethodChoice[]
  seeds: readonly number[]
  /** Combinations left out, each with its reason. */
  exclude: readonly { stream?: string; backbone?: string; method?: string; reason: string }[]
  metrics: readonly string[]
  budget: { hours?: number; threads: number; device?: Device }
  /** Where it was read from. */
  file: string
}

export interface StreamChoice {
  /** Shelf name, for example `split-cifar100`. */
  name: string
  /** `B0-Inc10`, or explicit task sizes, or a number of tasks. */
  tasks: string | number | readonly number[]
  /** Class orders: each gives one stream of the family. */
  orders: readonly string[]
  /** How many images are taken of each class; absent means all. */
  images?: ImagesPerClass
  /** Only so many tasks from the first; absent means all. */
  first?: number
  /** The folder or CSV file of the user's own pictures, for streams that take one. */
  path?: string
}

export interface BackboneChoice {
  name: string
  /** `passport` or a preset's name. */
  preprocessing: string
  /** Side of the pictures that it is to take, in pixels; absent: its own. */
  size?: number
}

/** What a rule of a suite may call a backbone: `vit-tiny`, at every size, or `vit-tiny@96px`. */
export function backboneNames({ name, size }: Pick<BackboneChoice, 'name' | 'size'>): readonly string[] {
  return size === undefined ? [name] : [name, `${name}@${size}px`]
}

export interface MethodChoice {
  name: string
  /** Row label when one method stands twice with different options. */
  label: string
  /** The preset that some of the options come from. */
  preset?: string
  options: Readonly<Record<string, OptionValue>>
}
