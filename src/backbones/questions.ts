import { either, nearest, StreambedError } from '../error.ts'
import type { Preprocessing } from '../pictures/index.ts'
import type { Candidate } from './graph.ts'
import type { Passport } from './passport.ts'

/** Something that no `.onnx` file tells. */
export interface Question {
  key: keyof Answers
  /** The flag that answers it: `--mean`. */
  flag: string
  text: string
  /** The answers there are, if they can be listed. */
  choices?: readonly string[]
}

/** What a person may say of a network, each as they would type it after the flag of the same name. */
export interface Answers {
  name?: string
  title?: string
  url?: string
  licence?: string
  /** Side of the input in pixels, where the graph leaves it open. */
  size?: string
  /** Name of the embedding tensor. */
  embedding?: string
  /** `none`, `exact`, or `shorter-side`, which is followed by a centre crop to the input. */
  resize?: string
  /** What the shorter side becomes, in pixels. */
  resizeTo?: string
  /** `bilinear`, `bicubic` or `nearest`. */
  filter?: string
  /** `yes` or `no`. */
  antialias?: string
  /** `float` or `uint8`. */
  arithmetic?: string
  /** `rgb` or `bgr`. */
  colour?: string
  divisor?: string
  /** One number or three: `0.485,0.456,0.406`. */
  mean?: string
  std?: string
  /** Data sets, separated by commas; `none` for an untrained network, `unknown` where nobody knows. */
  pretraining?: string
}

type Tell = (question: Question) => Promise<string>

/**
 * The given answer, or a person's.
 * @throws backbone-answer-missing, backbone-answer
 */
export async function answerTo(
  question: Question,
  answers: Answers,
  ask: ((question: Question) => Promise<string>) | undefined,
  file: string,
): Promise<string> {
  const given = answers[question.key] ?? (await ask?.(question))
  if (given === undefined) {
    throw new StreambedError('backbone-answer-missing', {
      what: `${question.text} The file does not say, and it is not guessed.`,
      where: `${file} › ${question.flag}`,
      mend: `Answer with ${question.flag}${question.choices === undefined ? '' : `: ${either(question.choices)}`}.`,
    })
  }
  const answer = given.trim()
  if (question.choices !== undefined && !question.choices.includes(answer)) {
    const meant = nearest(answer, question.choices)
    throw wrong(
      question,
      answer,
      `${meant === undefined ? '' : `Did you mean ${meant}? `}Taken are ${either(question.choices)}.`,
    )
  }
  return answer
}

function wrong({ flag, text }: Question, answer: string, mend: string): StreambedError {
  return new StreambedError('backbone-answer', {
    what: `"${answer}" is no answer to: ${text}`,
    where: flag,
    mend,
  })
}

async function side(tell: Tell, question: Question): Promise<number> {
  const answer = await tell(question)
  const number = Number(answer)
  if (Number.isInteger(number) && number >= 1 && number <= 4096) return number
  throw wrong(question, answer, 'Give a whole number of pixels, 1 … 4096.')
}

async function triple(tell: Tell, question: Question, least: number): Promise<[number, number, number]> {
  const answer = await tell(question)
  const numbers = answer
    .split(/[,\s]+/)
    .filter((part) => part !== '')
    .map(Number)
  if (
    (numbers.length === 1 || numbers.length === 3) &&
    numbers.every((value) => Number.isFinite(value) && value > least)
  ) {
    return [numbers[0], numbers[1] ?? numbers[0], numbers[2] ?? numbers[0]]
  }
  throw wrong(
    question,
    answer,
    `Give one number, or three separated by commas${least === 0 ? ', above 0' : ''}.`,
  )
}

/** The questions, and how each answer becomes a part of a passport. */
export const questions = {
  size: (tell: Tell) =>
    side(tell, {
      key: 'size',
      flag: '--size',
      text: 'How many pixels wide and high are the pictures it takes?',
    }),

  async embedding(tell: Tell, candidates: readonly Candidate[], list: string): Promise<Candidate> {
    const answer = await tell({
      key: 'embedding',
      flag: '--embedding',
      text: `Which tensor is the embedding? These may be:\n${list}\n`,
      choices: candidates.map(({ name }) => name),
    })
    return candidates.find(({ name }) => name === answer)!
  },

  async resizing(tell: Tell, inputSide: number): Promise<Pick<Preprocessing, 'resize' | 'crop'>> {
    const rule = await tell({
      key: 'resize',
      flag: '--resize',
      text: 'How were pictures brought to size: not at all, exactly to it, or by the shorter side and a crop?',
      choices: ['none', 'exact', 'shorter-side'],
    })
    if (rule === 'none') return { resize: null, crop: null }
    const filter = await tell({
      key: 'filter',
      flag: '--filter',
      text: 'With which filter?',
      choices: ['bilinear', 'bicubic', 'nearest'],
    })
    const antialias = await tell({
      key: 'antialias',
      flag: '--antialias',
      text: 'With antialias when shrinking (PIL and torchvision on pictures do; torch interpolate does not)?',
      choices: ['yes', 'no'],
    })
    const arithmetic = await tell({
      key: 'arithmetic',
      flag: '--arithmetic',
      text: 'On real numbers (tensors), or rounded to whole pixel values (PIL)?',
      choices: ['float', 'uint8'],
    })
    const shorter = rule === 'shorter-side'
    const size = shorter
      ? await side(tell, {
          key: 'resizeTo',
          flag: '--resize-to',
          text: 'To how many pixels is the shorter side resized?',
        })
      : inputSide
    return {
      resize: {
        rule: shorter ? 'shorter-side' : 'exact',
        size,
        filter: filter as 'bilinear' | 'bicubic' | 'nearest',
        antialias: antialias === 'yes',
        alignCorners: false,
        arithmetic: arithmetic as 'float' | 'uint8',
      },
      crop: shorter ? inputSide : null,
    }
  },

  async scaling(tell: Tell): Promise<Pick<Preprocessing, 'colour' | 'divisor' | 'mean' | 'std'>> {
    const colour = await tell({
      key: 'colour',
      flag: '--colour',
      text: 'In which order does it take colours?',
      choices: ['rgb', 'bgr'],
    })
    const [divisor] = await triple(
      tell,
      {
        key: 'divisor',
        flag: '--divisor',
        text: 'By what are pixels 0 … 255 divided before mean and std (255, or 1)?',
      },
      0,
    )
    const mean = await triple(
      tell,
      {
        key: 'mean',
        flag: '--mean',
        text: 'Which mean is subtracted (ImageNet 0.485,0.456,0.406; 0.5; or 0)?',
      },
      Number.NEGATIVE_INFINITY,
    )
    const std = await triple(
      tell,
      {
        key: 'std',
        flag: '--std',
        text: 'By which std is it divided then (ImageNet 0.229,0.224,0.225; 0.5; or 1)?',
      },
      0,
    )
    return { colour: colour as 'rgb' | 'bgr', divisor, mean, std }
  },

  /** `null` where nobody knows. */
  async pretraining(tell: Tell): Promise<Passport['pretraining']> {
    const answer = await tell({
      key: 'pretraining',
      flag: '--pretraining',
      text: 'On which data sets was it pretrained (for example ImageNet-1k; none; or unknown)?',
    })
    if (answer === '' || answer.toLowerCase() === 'unknown') return null
    if (answer.toLowerCase() === 'none') return { datasets: [], note: 'Declared as not trained.' }
    return {
      datasets: answer
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
      note: '',
    }
  },
}
