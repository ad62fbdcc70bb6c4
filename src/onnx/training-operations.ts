/** A stretch of a network as training sees it. */
export interface TrainedPart {
  /** Operations of one forward pass through its linear-like nodes. */
  forward: number
  /** Its weight matrices are trained: their gradient costs another forward. */
  trained: boolean
  /** A gradient must pass through it, since something trainable lies before it or in it: another forward. */
  passed: boolean
}

/**
 * Operations of one training step, forward and backward, part by part.
 *
 *   full training     3 F   { trained, passed }; F_first less where the first layer's input needs no gradient
 *   biases or norms   2 F   { passed }
 *   a frozen trunk      F   { }
 *   its head          2 F   { trained }
 *
 *   trainingOperations([{ forward: 100, trained: false, passed: false }, { forward: 1, trained: true, passed: false }])
 *     → { forward: 101, backward: 1, total: 102 }
 *
 * A product of two activations costs what a trained and passed matrix costs. Biases and norms are not counted.
 * @source Roth et al., "A Practitioner's Guide to Continual Multimodal Pretraining" (FoMo-in-Flux), NeurIPS 2024, whose
 * table of GFLOPs a step this reproduces. arXiv:2408.14471
 */
export function trainingOperations(parts: readonly TrainedPart[]): {
  forward: number
  backward: number
  total: number
} {
  let forward = 0
  let backward = 0
  for (const part of parts) {
    forward += part.forward
    backward += part.forward * (Number(part.trained) + Number(part.passed))
  }
  return { forward, backward, total: forward + backward }
}
