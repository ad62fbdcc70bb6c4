import type { Preprocessing } from '../../src/pictures/index.ts'

type Mistake = {
  mistake: string
  change: (right: Preprocessing) => Preprocessing
  cause: string
  /** What the error says the embeddings are reproduced with. */
  reproduced: string
}

const resized =
  (
    change:
      | Partial<NonNullable<Preprocessing['resize']>>
      | ((r: NonNullable<Preprocessing['resize']>) => object),
  ) =>
  (right: Preprocessing): Preprocessing => ({
    ...right,
    resize: { ...right.resize!, ...(typeof change === 'function' ? change(right.resize!) : change) },
  })

/** What people get wrong; each must be refused by the check, which names it. */
export const mistakes: Mistake[] = [
  {
    mistake: 'colours in BGR order',
    change: (right) => ({ ...right, colour: 'bgr' }),
    cause: 'colour order',
    reproduced: 'RGB',
  },
  {
    mistake: 'no mean and std',
    change: (right) => ({ ...right, mean: [0, 0, 0], std: [1, 1, 1] }),
    cause: 'normalisation',
    reproduced: 'mean',
  },
  {
    mistake: 'the mean and std of another network',
    change: (right) =>
      right.mean[0] === 0.485
        ? { ...right, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
        : { ...right, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    cause: 'normalisation',
    reproduced: 'mean',
  },
  {
    mistake: 'antialias the other way',
    change: resized((right) => ({ antialias: !right.antialias })),
    cause: 'resize',
    reproduced: 'antialias',
  },
  {
    mistake: 'a bicubic resize',
    change: resized({ filter: 'bicubic' }),
    cause: 'resize',
    reproduced: 'bilinear',
  },
  {
    mistake: 'corners aligned',
    change: resized({ alignCorners: true }),
    cause: 'resize',
    reproduced: 'bilinear resize, with',
  },
  {
    mistake: 'pixels divided by 256',
    change: (right) => ({ ...right, divisor: 256 }),
    cause: 'divisor',
    reproduced: 'divided by 255',
  },
]
