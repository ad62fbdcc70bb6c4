import type { Compute } from '../record/index.ts'

/** What a method that computes elsewhere and declares nothing has cost. */
const unknown = { flopsTrain: null, flopsPredictPerImage: null, flopsEvaluate: null } as const

type Known = Compute & { [key in keyof typeof unknown]: number }

/** What is going on while operations are counted. */
type Phase = 'learn' | 'evaluate'

/**
 * The run's compute ledger. Operations are counted as if nothing were cached; one multiply-add is 2.
 *
 * Learning is charged to the method; evaluation never is, but shows what predicting one image costs.
 */
export class Bill {
  #phase: Phase = 'learn'
  #total: Known = {
    flopsEmbed: 0,
    flopsTrain: 0,
    flopsPredictPerImage: 0,
    flopsEvaluate: 0,
    imagesSeen: 0,
    imagesReplayed: 0,
  }
  #counted = 0

  readonly #backbonePerImage: number

  readonly #isKnown: boolean

  /**
   * @param backbonePerImage operations of one backbone pass; 0 for a method that asks for no embeddings
   * @param isKnown is the method's own part of the operations counted or declared?
   */
  constructor(backbonePerImage: number, isKnown = true) {
    this.#backbonePerImage = backbonePerImage
    this.#isKnown = isKnown
  }

  /** Operations that a method or one of its parts has done. */
  count = (operations: number): void => {
    if (!(operations >= 0)) throw new RangeError(`counted ${operations} operations`)
    this.#counted += operations
  }

  /** A network of the run trains so many parameters from now on; the most at any time is what is put down. */
  trains = (parameters: number): void => {
    if (parameters > (this.#total.parametersTrained ?? 0)) this.#total.parametersTrained = parameters
  }

  enter(phase: Phase): void {
    this.#settle()
    this.#phase = phase
  }

  /** Images whose embeddings learning needs for the first time. */
  embedded(images: number): void {
    this.#total.flopsEmbed += images * this.#backbonePerImage
  }

  /** Images in a training step, and exemplars replayed beside them. */
  seen(images: number, replayed: number): void {
    this.#total.imagesSeen += images
    this.#total.imagesReplayed += replayed
  }

  /** Images predicted since `enter('evaluate')`. */
  predicted(images: number): void {
    const own = this.#counted
    this.#settle()
    this.#total.flopsEvaluate += images * this.#backbonePerImage
    if (images > 0) this.#total.flopsPredictPerImage = this.#backbonePerImage + Math.round(own / images)
  }

  total(): Compute {
    this.#settle()
    return { ...this.#total, ...(!this.#isKnown && unknown) }
  }

  restore(total: Compute): void {
    this.#counted = 0
    const { flopsTrain, flopsPredictPerImage, flopsEvaluate } = total
    this.#total = {
      ...total,
      flopsTrain: flopsTrain ?? 0,
      flopsPredictPerImage: flopsPredictPerImage ?? 0,
      flopsEvaluate: flopsEvaluate ?? 0,
    }
  }

  #settle(): void {
    if (this.#phase === 'learn') this.#total.flopsTrain += this.#counted
    else this.#total.flopsEvaluate += this.#counted
    this.#counted = 0
  }
}
