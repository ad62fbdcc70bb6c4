import type { Model, Prefix } from '../onnx/index.ts'
import type { Device } from '../runtime/index.ts'
import type { Count } from './state.ts'

/** What networks of one run are made of, and where their cost goes. The protocol makes it. */
export interface NetworkBase {
  /** `embeddings`: the network is a head on stored embeddings, and nothing below it is trained. */
  readonly level: 'backbone' | 'embeddings'
  /** The backbone from one float32 input to its one output, [batch, dimension]. */
  model(): Promise<Model>
  /**
   * What is put before it: `pixels` takes pictures as they are stored, `view` pictures of the network's own size, both
   * uint8. A head on embeddings has none.
   */
  readonly fronts: Readonly<Record<'pixels' | 'view', Prefix>> | undefined
  /** Side lengths of a stored picture and of the network's input. */
  readonly picture: { height: number; width: number } | undefined
  readonly input: { height: number; width: number } | undefined
  readonly threads: number
  /** Where its graphs are computed; 'cpu' unless said. */
  readonly device?: Device
  /** All chance of a network comes of it. */
  readonly seed: string
  readonly count: Count
  /** Told of the number of trained parameters whenever it changes. */
  trains(parameters: number): void
}
