import type { Preprocessing } from './preprocessing.ts'

/**
 * The same preprocessing for a network of another input size: what the pictures end at becomes `side`, and a resize
 * before a crop keeps its proportion to it. One that leaves pictures their size, or ends at `side` already, stays.
 *
 * @example preprocessingAt(preprocessingPreset('aper-224'), 96) // shorter side 110, centre crop 96
 */
export function preprocessingAt(preprocessing: Preprocessing, side: number): Preprocessing {
  const { resize, crop } = preprocessing
  const end = crop ?? resize?.size ?? side
  if (end === side) return preprocessing
  return {
    ...preprocessing,
    resize: resize && { ...resize, size: Math.round((resize.size * side) / end) },
    crop: crop && side,
  }
}
