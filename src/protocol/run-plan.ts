import type { Backbone } from '../backbones/index.ts'
import type { Dataset } from '../datasets/index.ts'
import type { Needs, OptionValue } from '../method/index.ts'
import type { Preprocessing } from '../pictures/index.ts'
import type { Manifest } from '../record/index.ts'
import type { Device } from '../runtime/index.ts'
import type { Stream } from '../streams/index.ts'

/** One run to be done, as plain data: a child process gets it as a message and needs nothing else. */
export interface RunPlan {
  /** Identity of the run, 16 hexadecimal digits: everything that determines its result. */
  id: string
  /** For people: `nmc · split-cifar100 · vit-tiny · seed 0`. */
  label: string
  /** Where the record goes. */
  folder: string
  manifest: Manifest
  stream: Stream
  features: FeaturePlan
  method: { module: string; name: string; options: Readonly<Record<string, OptionValue>>; needs: Needs }
  seed: number
}

/** Embeddings to be had: which pictures, through what, kept where. */
export interface FeaturePlan {
  dataset: Dataset
  backbone: Backbone
  preprocessing: Preprocessing
  /** Operations of one pass over one image, counted from the graph. */
  operationsPerImage: number
  cache: string
  threads: number
  /** Where backbones are computed; 'cpu' unless said. */
  device?: Device
}

/** What a child process is asked to do. */
export type Job =
  | { kind: 'run'; plan: RunPlan }
  | { kind: 'embed'; id: string; label: string; features: FeaturePlan }
