import type { Preprocessing } from '../pictures/index.ts'

/** Another way to prepare pictures, that a passport may have meant. */
export interface Alternative {
  /** What would then be wrong in the passport. */
  cause: 'normalisation' | 'colour order' | 'divisor' | 'resize' | 'crop'
  /** The setting in words: "mean 0.5 and std 0.5". */
  setting: string
  preprocessing: Preprocessing
}

type Triple = [number, number, number]

const normalisations: { name: string; divisor: number; mean: Triple; std: Triple; colour?: 'bgr' }[] = [
  { name: 'mean 0.5 and std 0.5', divisor: 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  {
    name: "ImageNet's mean and std",
    divisor: 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  { name: 'no mean and std (pixels in 0 … 1)', divisor: 255, mean: [0, 0, 0], std: [1, 1, 1] },
  { name: 'no mean and std (pixels in 0 … 255)', divisor: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  {
    name: "CIFAR-100's mean and std",
    divisor: 255,
    mean: [0.5071, 0.4867, 0.4408],
    std: [0.2675, 0.2565, 0.2761],
  },
  {
    name: "CIFAR-10's mean and std",
    divisor: 255,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2615],
  },
  {
    name: "CLIP's mean and std",
    divisor: 255,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
  { name: 'mean 0.5 and std 0.25', divisor: 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  {
    name: "Caffe's mean (BGR, 0 … 255, no std)",
    divisor: 1,
    mean: [103.939, 116.779, 123.68],
    std: [1, 1, 1],
    colour: 'bgr',
  },
]

/**
 * The mistakes that people make with preprocessing, each mended alone: what to try, in order of likelihood, when
 * golden embeddings are not reproduced. Settings equal to the declared ones are left out.
 */
export function alternatives(declared: Preprocessing): Alternative[] {
  return [
    ...divisorAlternatives(declared),
    ...colourAlternatives(declared),
    ...normalisationAlternatives(declared),
    ...resizeAlternatives(declared),
    ...cropAlternatives(declared),
  ].filter(({ preprocessing }) => JSON.stringify(preprocessing) !== JSON.stringify(declared))
}

/** Two mistakes at once: another normalisation together with another order of colours or way to resize. */
export function pairedAlternatives(declared: Preprocessing): Alternative[] {
  return normalisationAlternatives(declared).flatMap((first) =>
    [...colourAlternatives(first.preprocessing), ...resizeAlternatives(first.preprocessing)].map(
      (second) => ({
        cause: first.cause,
        setting: `${first.setting} and ${second.setting}`,
        preprocessing: second.preprocessing,
      }),
    ),
  )
}

function normalisationAlternatives(declared: Preprocessing): Alternative[] {
  return normalisations.map(({ name, divisor, mean, std, colour }) => ({
    cause: 'normalisation',
    setting: name,
    preprocessing: { ...declared, divisor, mean, std, colour: colour ?? declared.colour },
  }))
}

function colourAlternatives(declared: Preprocessing): Alternative[] {
  const colour = declared.colour === 'rgb' ? 'bgr' : 'rgb'
  const mirrored = { mean: reversed(declared.mean), std: reversed(declared.std) }
  return [declared, { ...declared, ...mirrored }].map((preprocessing, i) => ({
    cause: 'colour order',
    setting: `colours in ${colour.toUpperCase()} order${i === 1 ? ', mean and std turned round with them' : ''}`,
    preprocessing: { ...preprocessing, colour },
  }))
}

function divisorAlternatives(declared: Preprocessing): Alternative[] {
  return [255, 256, 127.5, 1].map((divisor) => ({
    cause: 'divisor',
    setting: `pixels divided by ${divisor}`,
    preprocessing: { ...declared, divisor },
  }))
}

function resizeAlternatives(declared: Preprocessing): Alternative[] {
  const { resize } = declared
  if (resize === null) return []
  const ways: Alternative[] = []
  for (const arithmetic of ordered(['float', 'uint8'] as const, resize.arithmetic)) {
    for (const alignCorners of ordered([false, true], resize.alignCorners)) {
      for (const antialias of ordered([false, true], resize.antialias)) {
        for (const filter of ordered(['bilinear', 'bicubic', 'nearest'] as const, resize.filter)) {
          if (arithmetic === 'uint8' && alignCorners) continue
          const changed = { ...resize, filter, antialias, alignCorners, arithmetic }
          ways.push({
            cause: 'resize',
            setting: resizeInWords(changed),
            preprocessing: { ...declared, resize: changed },
          })
        }
      }
    }
  }
  // Fewest changes first: a mistake is rarely two.
  const changes = ({ preprocessing }: Alternative) =>
    Object.entries(preprocessing.resize ?? {}).filter(
      ([key, value]) => resize[key as keyof typeof resize] !== value,
    ).length
  return ways.sort((a, b) => changes(a) - changes(b))
}

function cropAlternatives(declared: Preprocessing): Alternative[] {
  const { resize, crop } = declared
  if (resize === null) return []
  const side = crop ?? resize.size
  const shorter = (size: number) => ({ rule: 'shorter-side', size, crop: side }) as const
  const rules = [
    { rule: 'exact', size: side, crop: null } as const,
    ...[1, 0.875, 0.9, 0.95].map((share) => shorter(Math.floor(side / share))), // 224, 256, 248 and 235 for 224
  ]
  return rules.map(({ rule, size, crop }) => {
    const preprocessing = { ...declared, resize: { ...resize, rule, size }, crop }
    return { cause: 'crop', setting: inWords('crop', preprocessing), preprocessing }
  })
}

/** The preprocessing's part that belongs to a cause, in words, for a sentence that sets it against another. */
export function inWords(cause: Alternative['cause'], p: Preprocessing): string {
  const few = (values: readonly number[]) =>
    values.every((v) => v === values[0]) ? `${values[0]}` : values.join(', ')
  switch (cause) {
    case 'normalisation': {
      const named = normalisations.find(
        ({ divisor, mean, std }) =>
          divisor === p.divisor && few(mean) === few(p.mean) && few(std) === few(p.std),
      )
      return named?.name ?? `mean ${few(p.mean)} and std ${few(p.std)} after division by ${p.divisor}`
    }
    case 'colour order':
      return `colours in ${p.colour.toUpperCase()} order`
    case 'divisor':
      return `pixels divided by ${p.divisor}`
    case 'resize':
      return p.resize === null ? 'no resize' : resizeInWords(p.resize)
    case 'crop':
      return p.resize === null
        ? 'no resize'
        : `${p.resize.rule === 'exact' ? 'resized to' : 'shorter side to'} ${p.resize.size}, ${p.crop === null ? 'no crop' : `a crop of ${p.crop}`}`
  }
}

function resizeInWords(resize: NonNullable<Preprocessing['resize']>): string {
  const parts = [
    `a ${resize.filter} resize`,
    resize.antialias ? 'with antialias' : 'without antialias',
    resize.alignCorners ? 'corners aligned' : undefined,
    resize.arithmetic === 'uint8' ? 'rounded to whole pixel values (as PIL)' : undefined,
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}

function reversed([a, b, c]: readonly [number, number, number]): Triple {
  return [c, b, a]
}

/** The values with the given one first. */
function ordered<T>(values: readonly T[], first: T): T[] {
  return [first, ...values.filter((value) => value !== first)]
}
