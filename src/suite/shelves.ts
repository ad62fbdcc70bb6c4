import type { OptionValue } from '../method/index.ts'
import type { MethodPreset } from './presets.ts'

/** What a suite may name, so that a typing mistake is found before anything is opened. */
export interface Shelves {
  readonly streams: readonly string[]
  readonly backbones: readonly string[]
  /** Presets beside `passport`. */
  readonly preprocessing: readonly string[]
  /** Each method's options with their defaults. */
  readonly methods: Readonly<Record<string, Readonly<Record<string, OptionValue>>>>
  /** A method's published settings. */
  presets(method: string): readonly MethodPreset[]
  readonly metrics: readonly string[]
}

/** A name that means a file of the user's, beside the suite file: it has a slash, or ends as such files do. */
export function isPath(name: string): boolean {
  return /[/\\]/.test(name) || /\.(?:json|onnx|[cm]?[jt]sx?)$/.test(name)
}
